"""What is released to leaders, and nothing else: a mart that is not named here stays inside.

`PROTECTED` are tables of counts of people: include/privacy decides which of them may be printed. `PLAIN` are queries:
figures behind which no person stands, and figures that are taken from the printed tables. To release a mart, add it
here, with the words that a reader needs; the saved queries of the metrics are in include/release/metrics.py.
"""

from dataclasses import dataclass, field

# What tells the rows of most marts of students, and of staff, apart.
STUDENT_KEYS = ("org_kind", "org_id", "school_year", "subgroup_kind", "subgroup")
STAFF_KEYS = ("org_kind", "org_id", "school_year", "job_group", "race_group")


@dataclass(frozen=True)
class Protected:
    """A table of counts of people.

    Attributes:
        name: the table's name in its schema.
        subject: whose people they are. Tables of one subject and school year are protected together. A count of the
            same name and codes is the same people in all of them; counts of two subjects have different names.
        comment: what a reader is told, in the database.
        query: the rows, over the marts. Where the mart's `status` is not_collected or incomplete_feed, only the first
            count of each chain is there.
        keys: columns that tell the rows apart; include/release/codes.py says which dimension each is.
        chains: counts, each within the one before it.
        shares: columns of percentages, each with its numerator and denominator.
        figures: other columns, each with the counts that must be printed for it to be printed.
        harmless: counts of which it harms nobody if it is everybody (see Policy.is_everyone_hidden).
    """

    name: str
    subject: str
    comment: str
    query: str
    keys: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    shares: dict[str, tuple[str, str]] = field(default_factory=dict)
    figures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    harmless: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the printed table, with their types in the database."""
        columns = {key: "integer" if key == "school_year" else "text" for key in self.keys}
        for count in self.counts:
            columns |= {count: "integer", f"{count}_status": "text"}
        columns |= dict.fromkeys(self.shares, "text") | dict.fromkeys(self.figures, "double precision")
        return columns | {"as_of": "date"}

    @property
    def counts(self) -> tuple[str, ...]:
        """All counts of people, in order."""
        return tuple(dict.fromkeys(count for chain in self.chains for count in chain))


@dataclass(frozen=True)
class Plain:
    """A table that is a query: no persons, or only what the printed tables say of them."""

    name: str
    comment: str
    query: str


ATTENDANCE = Protected(
    name="chronic_absence",
    subject="students",
    comment="Chronic absence and attendance by school, network and district, year and group of students. students: "
    "with a scheduled day; rated: of these with enough enrolled days; chronic: of these absent a tenth or more.",
    query="""
        select org_kind, org_id, school_year, subgroup_kind, subgroup, chronic.n as students,
            chronic.denominator as rated, chronic.numerator as chronic, chronic.coverage,
            attended.value as attendance_rate, chronic.status
        from marts.msr_chronic_absence as chronic
        left join marts.msr_attendance_rate as attended
            using (org_kind, org_id, school_year, subgroup_kind, subgroup)""",
    keys=STUDENT_KEYS,
    chains=(("students", "rated", "chronic"),),
    figures={"coverage": ("students",), "attendance_rate": ("students", "rated")},
    harmless=("rated",),
    shares={"chronic_absence_rate": ("chronic", "rated")},
)

DISCIPLINE = Protected(
    name="discipline",
    subject="students",
    comment="Suspension and discipline by school, network and district, year and group of students. disciplined: "
    "students with any action; suspended: of these out of school. Days are those of the suspended together.",
    query="""
        select org_kind, org_id, school_year, subgroup_kind, subgroup, n as students,
            cast(round(discipline_share * n) as integer) as disciplined,
            case when status = 'ok' then numerator end as suspended, suspension_days, days_per_100_students, status
        from marts.msr_discipline""",
    keys=STUDENT_KEYS,
    chains=(("students", "disciplined", "suspended"),),
    figures={"suspension_days": ("suspended",), "days_per_100_students": ("students", "suspended")},
    shares={"discipline_rate": ("disciplined", "students"), "suspension_rate": ("suspended", "students")},
)

PROGRAMMES = Protected(
    name="programme_membership",
    subject="students",
    comment="Students in special education (swd) and in gifted programmes beside all students, by race, sex and "
    "school. Other programmes are groups of the other tables.",
    query="""
        select org_kind, org_id, school_year, subgroup_kind, subgroup, 'all' as programme, n as students,
            'ok' as status
        from marts.msr_discipline
        where org_kind <> 'network' and subgroup_kind in ('race', 'sex')
        union all
        select org_kind, org_id, school_year, subgroup_kind, subgroup,
            case outcome when 'gifted_identification' then 'gifted' else 'swd' end, numerator, status
        from marts.msr_risk_ratio
        where outcome in ('gifted_identification', 'swd_identification') and subgroup_kind in ('race', 'sex')
            and status not in ('not_collected', 'incomplete_feed')""",
    keys=(*STUDENT_KEYS, "programme"),
    chains=(("students",),),
)

COURSES = Protected(
    name="course_failure",
    subject="students",
    comment="Students with a mark in a course, and of these with a failing one, by school and district, year and "
    "group of students.",
    query="""
        with outcome as (
            select org_kind, org_id, school_year, subgroup_kind, subgroup, denominator, numerator, status
            from marts.msr_risk_ratio where outcome = 'course_failure'
            union all
            select org_kind, org_id, school_year, 'all', 'all_students', sum(denominator), sum(numerator),
                coalesce(max(status) filter (where status in ('not_collected', 'incomplete_feed')), 'ok')
            from marts.msr_risk_ratio where outcome = 'course_failure' and subgroup_kind = 'sex'
            group by org_kind, org_id, school_year
        )
        select org_kind, org_id, school_year, subgroup_kind, subgroup, enrolled.n as students,
            outcome.denominator as with_marks, outcome.numerator as failing, outcome.status
        from outcome
        inner join marts.msr_discipline as enrolled using (org_kind, org_id, school_year, subgroup_kind, subgroup)""",
    keys=STUDENT_KEYS,
    chains=(("students", "with_marks", "failing"),),
    harmless=("with_marks",),
    shares={"failing_rate": ("failing", "with_marks")},
)

PROFICIENCY = Protected(
    name="proficiency",
    subject="achievement",
    comment="Results of assessments in the district, over all grades, by group of students. results: one for each "
    "student who was to be tested; tested; levelled: of these with a level; proficient.",
    query="""
        select org_kind, org_id, school_year, subgroup_kind, subgroup, assessment, administration, subject,
            sum(n) as results, sum(round(participation * n)) as tested, sum(denominator) as levelled,
            sum(numerator) as proficient,
            coalesce(max(status) filter (where status in ('not_collected', 'incomplete_feed')), 'ok') as status
        from marts.msr_proficiency where org_kind = 'district' and subgroup_kind <> 'grade'
        group by org_kind, org_id, school_year, subgroup_kind, subgroup, assessment, administration, subject""",
    keys=(*STUDENT_KEYS, "assessment", "administration", "subject"),
    chains=(("results", "tested", "levelled", "proficient"),),
    shares={"participation_rate": ("tested", "results"), "proficiency_rate": ("proficient", "levelled")},
    harmless=("tested", "levelled"),
)

ACCESS = Protected(
    name="access",
    subject="access",
    comment="Students who could have had an advanced course or an enrichment seat (eligible), and who had one "
    "(having), in the district, by group of students. odds_ratio: of the group against all others at equal need; "
    "below 1 the group has less access.",
    query="""
        with counted as (
            select opportunity, school_year, subgroup_kind, subgroup, denominator, numerator, value, interval_low,
                interval_high, status
            from marts.msr_access where opportunity <> 'gifted_program'
            union all
            select opportunity, school_year, 'all', 'all_students', sum(denominator), sum(numerator), null, null,
                null, coalesce(max(status) filter (where status in ('not_collected', 'incomplete_feed')), 'ok')
            from marts.msr_access where opportunity <> 'gifted_program' and subgroup_kind = 'sex'
            group by opportunity, school_year
        )
        select opportunity, school_year, subgroup_kind, subgroup, denominator as eligible, numerator as having,
            value as odds_ratio, interval_low as odds_ratio_low, interval_high as odds_ratio_high, status
        from counted""",
    keys=("opportunity", "school_year", "subgroup_kind", "subgroup"),
    chains=(("eligible", "having"),),
    figures={name: ("eligible", "having") for name in ("odds_ratio", "odds_ratio_low", "odds_ratio_high")},
    shares={"access_rate": ("having", "eligible")},
)

STAFF = Protected(
    name="staff",
    subject="staff",
    comment="People in post on the base date by school, network and district, year, job group and race group, and "
    "what became of them within a year: stayer, mover, leaver, or all of them together.",
    query="""
        select org_kind, org_id, school_year, job_group, race_group, outcome, numerator as in_post, status
        from marts.msr_retention
        where numerator is not null
            and (org_kind = 'district' or (job_group = 'all_staff' and race_group = 'all_groups'))
        union all
        select distinct org_kind, org_id, school_year, job_group, race_group, 'all', n, 'ok'
        from marts.msr_retention
        where org_kind <> 'school' or race_group = 'all_groups' or job_group in ('all_staff', 'teacher')""",
    keys=(*STAFF_KEYS, "outcome"),
    chains=(("in_post",),),
)

HIRING = Protected(
    name="hiring_funnel",
    subject="hiring",
    comment="Applicants and how far they came, by school, network and district, year of the search, job group and "
    "race group, with the median days of each stage.",
    query="""
        select org_kind, org_id, school_year, job_group, race_group, applied, screened, interviewed, offered,
            accepted, started, days_to_screened, days_to_interviewed, days_to_offered, days_to_accepted,
            days_to_started, status
        from marts.msr_hiring_funnel
        where org_kind = 'district'
            or (org_kind = 'network' and (job_group = 'all_staff' or race_group = 'all_groups'))
            or (job_group = 'all_staff' and race_group = 'all_groups')""",
    keys=STAFF_KEYS,
    chains=(("applied", "screened", "interviewed", "offered", "accepted", "started"),),
    figures={f"days_to_{stage}": (stage,) for stage in ("screened", "interviewed", "offered", "accepted", "started")},
    harmless=("started",),
    shares={
        "screening_pass_rate": ("screened", "applied"),
        "interview_rate": ("interviewed", "screened"),
        "offer_rate": ("offered", "interviewed"),
        "acceptance_rate": ("accepted", "offered"),
        "start_rate": ("started", "accepted"),
        "selection_rate": ("accepted", "applied"),
    },
)

VACANCIES = Protected(
    name="vacancies",
    subject="vacancies",
    comment="Budgeted positions and those filled, by school, network and district and job group, on the base date of "
    "each year and on the day of the figures. Vacant positions are nobody, and stand where the filled ones do.",
    query="""
        select org_kind, org_id, school_year, counted, job_group, n as positions,
            n - vacant_positions as filled_positions, vacant_positions, numerator as vacant_fte,
            denominator as budgeted_fte, value as vacancy_rate, status
        from marts.msr_vacancy""",
    keys=("org_kind", "org_id", "school_year", "counted", "job_group"),
    chains=(("positions",), ("filled_positions",)),
    figures={
        name: ("positions", "filled_positions")
        for name in ("vacant_positions", "vacant_fte", "budgeted_fte", "vacancy_rate")
    },
)

REGISTRATION = Protected(
    name="registration",
    subject="registration",
    comment="Families' applications that were not withdrawn, and how far they came, by school, grade, home language "
    "and programme applied for, with the median days of each step.",
    query="""
        select school_year, group_kind, coalesce(group_name, 'unknown') as group_name,
            max(n) filter (where step = 'in_all') as applications,
            coalesce(max(done) filter (where step = 'complete'), 0) as completed,
            coalesce(max(done) filter (where step = 'place'), 0) as placed,
            coalesce(max(done) filter (where step = 'notify'), 0) as notified,
            coalesce(max(done) filter (where step = 'enroll'), 0) as enrolled,
            coalesce(max(done) filter (where step = 'attend'), 0) as attending,
            max(value) filter (where step = 'complete') as days_to_complete,
            max(value) filter (where step = 'place') as days_to_place,
            max(value) filter (where step = 'notify') as days_to_notify,
            max(value) filter (where step = 'enroll') as days_to_enroll,
            max(value) filter (where step = 'attend') as days_to_attend,
            max(value) filter (where step = 'in_all') as days_to_desk,
            coalesce(max(status) filter (where status in ('not_collected', 'incomplete_feed')), 'ok') as status
        from marts.msr_registration_timeline
        group by school_year, group_kind, group_name""",
    keys=("school_year", "group_kind", "group_name"),
    chains=(("applications", "completed", "placed", "notified", "enrolled", "attending"),),
    figures={
        "days_to_complete": ("completed",),
        "days_to_place": ("placed",),
        "days_to_notify": ("notified",),
        "days_to_enroll": ("enrolled",),
        "days_to_attend": ("attending",),
        "days_to_desk": ("attending",),
    },
    harmless=("attending",),
    shares={"attending_rate": ("attending", "applications")},
)

SEATS = Protected(
    name="elt_seats",
    subject="seats",
    comment="Students on whom intervention teams decided for extended learning time (decided), and of these those "
    "with a seat offered, accepted by the family and attended, in the district, by term, programme and group of "
    "students. As of the day of the release; the desk shows no figures by group that are newer.",
    query="""
        with decided as (
            select elt_term, program, student_id, school_year,
                bool_or(step in ('offered', 'accepted', 'attended')) as is_offered,
                bool_or(step in ('accepted', 'attended')) as is_accepted, bool_or(step = 'attended') as is_attended
            from marts.fct_elt_decision where is_last
            group by elt_term, program, student_id, school_year
        )
        select elt_term, program, school_year, subgroup_kind, subgroup, count(*) as decided,
            count(*) filter (where is_offered) as seats_offered,
            count(*) filter (where is_accepted) as seats_accepted,
            count(*) filter (where is_attended) as seats_attended, 'ok' as status
        from decided
        inner join marts.brg_student_subgroup as member using (student_id, school_year)
        where member.is_current
            and (subgroup_kind in ('all', 'race') or (subgroup_kind = 'program' and subgroup in ('el', 'swd')))
        group by elt_term, program, school_year, subgroup_kind, subgroup""",
    keys=("elt_term", "program", "school_year", "subgroup_kind", "subgroup"),
    chains=(("decided", "seats_offered", "seats_accepted", "seats_attended"),),
    # That a seat was offered harms nobody, nor that everybody took it: only that few did.
    harmless=("seats_offered", "seats_accepted", "seats_attended"),
)

PROTECTED = (ATTENDANCE, DISCIPLINE, PROGRAMMES, COURSES, PROFICIENCY, ACCESS, SEATS, STAFF, HIRING, VACANCIES,
             REGISTRATION)  # fmt: skip

SCHOOLS = Plain(
    "school",
    "The schools by year, with their names, levels and networks.",
    """
    select year.school_year, school.school_id, school.school_name, school.level, year.network_id
    from marts.brg_school_year as year inner join marts.dim_school as school using (school_id)""",
)

BUDGET = Plain(
    "budget_to_actual",
    "Budget, spending and what is left by fiscal year, fund, function and object, over all places together.",
    """
    select fiscal_year, fund, function, object, sum(budget_amount) as budget_amount,
        sum(transfer_amount) as transfer_amount, sum(actual_amount) as actual_amount,
        sum(encumbered_amount) as encumbered_amount, sum(available_amount) as available_amount,
        sum(projected_amount) as projected_amount, max(as_of) as as_of
    from marts.msr_budget_to_actual
    group by fiscal_year, fund, function, object""",
)

SPENDING = Plain(
    "spending",
    "What schools and offices spent themselves, and their share of central spending, by fiscal year, fund and "
    "function. There is nothing per pupil here: weighted pupils tell how many have a need.",
    """
    select org_kind, org_id, fiscal_year, is_year_over, fund, function, own_amount, central_amount, as_of
    from marts.msr_spending_per_pupil""",
)

UNLOCKED = Plain(
    "unlocked_share",
    "The share of budget services, and of their dollars, that schools decide on, against the plan.",
    """
    select org_kind, org_id, fiscal_year, services, unlocked_services, unlocked_service_share, budget_amount,
        unlocked_amount, unlocked_dollar_share, target, milestone, is_target_met, is_milestone_met, as_of, status
    from marts.msr_unlocked_share""",
)

FUNDING_EQUITY = Plain(
    "funding_equity",
    "How evenly schools spend on their pupils, by fiscal year and level. Indices over all schools of a level.",
    """
    select fiscal_year, is_year_over, school_level, basis, schools, coefficient_of_variation, mcloone, verstegen,
        gini, federal_range_ratio, as_of, status
    from marts.msr_funding_equity where schools >= 3""",
)

PRIORITIES = Plain(
    "priority_spending",
    "What each school's plan means to spend on a priority, what is budgeted for it and what was spent.",
    """
    select school_id, priority, fiscal_year, moves, accounts, planned_amount, budget_amount, actual_amount,
        encumbered_amount, value, as_of, status
    from marts.msr_priority_spending""",
)

# After the protected tables: what the scorecard says of persons is taken from them, and from nowhere else.
SCORECARD = Plain(
    "scorecard",
    "The indicators of a school beside the targets of its plan. share: as a percentage of the people counted; value: "
    "of figures of money. status says why there is none; verdict and target stand where the share or value does.",
    """
    with printed as (
        select 'chronic_absence' as indicator, org_id, school_year, chronic_absence_rate as share,
            chronic_status as status
        from reporting.chronic_absence where org_kind = 'school' and subgroup = 'all_students'
        union all
        select 'suspension_rate', org_id, school_year, suspension_rate, suspended_status
        from reporting.discipline where org_kind = 'school' and subgroup = 'all_students'
    )
    select card.school_id, card.indicator, card.school_year, card.is_year_over, card.direction, printed.share,
        case when printed.status is null then card.value end as value,
        case when coalesce(printed.status, card.status) = 'ok' then card.target_year end as target_year,
        case when coalesce(printed.status, card.status) = 'ok' then card.target end as target,
        case when coalesce(printed.status, card.status) = 'ok' then card.verdict end as verdict,
        coalesce(printed.status, card.status) as status, card.as_of
    from marts.msr_scorecard as card
    left join printed
        on card.indicator = printed.indicator and card.school_id = printed.org_id
        and card.school_year = printed.school_year
    where printed.indicator is not null or card.indicator in ('unlocked_dollar_share', 'budget_variance')""",
)

STAFF_DIVERSITY = Plain(
    "staff_diversity",
    "The diversity of staff of the base date, in full-time equivalents: share of staff of colour, and index of "
    "diversity from 0 to 1. Where a count of a race group is withheld, both are.",
    """
    with printed as (
        select org_kind, org_id, school_year, job_group, bool_and(in_post_status = 'ok') as is_printed
        from reporting.staff where outcome = 'all'
        group by org_kind, org_id, school_year, job_group
        having count(*) filter (where race_group <> 'all_groups') > 0
    )
    select org_kind, org_id, school_year, job_group,
        case when is_printed then round(staff_of_colour_share, 2) end as staff_of_colour_share,
        case when is_printed then round(diversity_index, 2) end as diversity_index,
        case when is_printed then mart.status else 'small' end as status, mart.as_of
    from marts.msr_staffing_diversity as mart inner join printed using (org_kind, org_id, school_year, job_group)""",
)

PLAIN = (SCHOOLS, BUDGET, SPENDING, UNLOCKED, FUNDING_EQUITY, PRIORITIES, SCORECARD, STAFF_DIVERSITY)
