"""What the metrics answer is what the marts publish: every metric, by the cuts that its mart has.

A comparison is one statement. Its columns that are named after metrics hold the expected figures, the others are what
the metrics are cut by. It reads the `msr_` mart that publishes the figure; where none does, it works the figure out
from `staging`, and from the fact itself only where its numbers are worked out anew in another test. The test's name
says which table it is.
"""

import re
from decimal import Decimal
from itertools import product
from typing import Any

import pandas as pd
import pytest

from include.semantic import SemanticError, compile_sql, list_metrics, list_saved, query, query_saved
from include.semantic.catalogue import rows_behind
from tests.marts.lakeside import AS_OF, Lakeside

# The ways in which a statement can be cut: for `{org}` a column, and for `{of_org}` the rows of the mart it stands
# for. A column named in WHOLE says that the mart's rows are of everybody, and the metric is not cut.
WHOLE = ("district", "everyone", "all_staff", "all_groups", "all_applications")
PROGRAMS = ("el", "ever_el", "swd", "low_income", "homeless", "foster", "gifted")
CUTS: dict[str, dict[str, tuple[str, str]]] = {
    "org": {
        "district": ("org_id as district", "org_kind = 'district'"),
        "network": ("org_id as network_id", "org_kind = 'network'"),
        # Offices are organisations of a mart too, but no schools by which a metric could be cut.
        "school": (
            "org_id as school_id",
            "org_kind = 'school' and org_id in (select school_id from marts.dim_school)",
        ),
    },
    "group": {
        "everyone": ("subgroup as everyone", "subgroup_kind = 'all'"),
        "race": ("subgroup as race_group", "subgroup_kind = 'race'"),
        "sex": ("subgroup as sex", "subgroup_kind = 'sex'"),
        "grade": ("subgroup as grade", "subgroup_kind = 'grade'"),
        **{name: (f"true as is_{name}", f"subgroup = '{name}'") for name in PROGRAMS},
    },
    "staff": {
        "all_staff": ("job_group as all_staff", "job_group = 'all_staff'"),
        "job": ("job_group", "job_group <> 'all_staff'"),
    },
    "race": {
        "all_groups": ("race_group as all_groups", "race_group = 'all_groups'"),
        "race": ("race_group", "race_group <> 'all_groups'"),
    },
    "place": {
        "district": ("org_id as district", "org_kind = 'district'"),
        "location": ("org_id as location", "org_kind = 'location'"),
    },
    "family": {
        "all": ("group_name as all_applications", "group_kind = 'all'"),
        "school": ("nullif(group_name, 'unknown') as school_id", "group_kind = 'school'"),
        **{name: (f"group_name as {name}", f"group_kind = '{name}'")
           for name in ("grade", "home_language", "program")},
    },
    "step": {name: (name, f"step = '{name}'") for name in ("complete", "place", "notify", "enroll", "attend")},
    "grain": {name: (name, "") for name in ("day", "week", "month", "quarter")},
}  # fmt: skip


def figures(statement: str, **only: tuple[str, ...]) -> list[Any]:
    """The statement by each choice of its cuts; only: the choices of a cut that there are, where not all."""
    cuts = [name for name in CUTS if f"{{{name}}}" in statement]
    found = []
    for choice in product(*(only.get(name, CUTS[name]) for name in cuts)):
        # Smaller places are not cut by every group: the groups are the same columns there.
        if {"network", "school"} & set(choice) and set(choice) & (set(CUTS["group"]) - {"everyone", "race"}):
            continue
        filled = dict[str, str]()
        for name, option in zip(cuts, choice, strict=True):
            filled[name], filled[f"of_{name}"] = CUTS[name][option]
        table = re.search(r"from (?:marts\.|staging\.)(\w+)", statement)
        assert table, statement
        found.append(pytest.param(statement.format(**filled), id="-".join([table[1], *choice])))
    return found


SCHOOL_YEAR = "cast(extract(year from {0}) as int) + cast(extract(month from {0}) >= 7 as int) as school_year"
PUBLISHED = [
    # Attendance
    *figures("""
        select {org}, school_year, {group}, value as attendance_rate, numerator as days_present,
            denominator as enrolled_days, denominator - numerator as days_absent, coverage as attendance_coverage
        from marts.msr_attendance_rate where {of_org} and {of_group}"""),
    *figures("""
        select school_year, value as daily_attendance_rate, numerator as daily_present, denominator as daily_enrolled
        from marts.msr_attendance_rate where org_kind = 'district' and subgroup_kind = 'all'"""),
    *figures("""
        select {org}, school_year, subgroup_kind, subgroup, value as chronic_absence_rate,
            numerator as chronically_absent_students, denominator as rated_students
        from marts.msr_chronic_absence where {of_org}"""),
    *figures("""
        select level, school_year, sum(numerator) as chronically_absent_students, sum(denominator) as rated_students,
            1.0 * sum(numerator) / sum(denominator) as chronic_absence_rate
        from marts.msr_chronic_absence inner join marts.dim_school on org_kind = 'school' and org_id = school_id
        where subgroup_kind = 'all' group by level, school_year"""),
    # Discipline, marks, programmes
    *figures("""
        select {org}, school_year, {group}, value as suspension_rate, numerator as suspended_students,
            denominator as enrolled_students, days_per_100_students as suspension_days_per_100_students,
            suspension_days, suspensions, actions as disciplinary_actions, discipline_share as discipline_rate,
            round(discipline_share * n) as disciplined_students
        from marts.msr_discipline where {of_org} and {of_group}"""),
    *figures("""
        select {org}, school_year, {group}, 1.0 * numerator / nullif(denominator, 0) as course_failure_rate,
            numerator as students_failing_a_course, denominator as students_with_marks
        from marts.msr_risk_ratio where {of_org} and {of_group} and outcome = 'course_failure'""",
        org=("district", "school"), group=("race", "sex", "el", "gifted")),
    *figures("""
        select {org}, school_year, {group}, 1.0 * numerator / nullif(denominator, 0) as gifted_share,
            numerator as gifted_students, denominator as enrolled_students
        from marts.msr_risk_ratio where {of_org} and {of_group} and outcome = 'gifted_identification'""",
        org=("district", "school"), group=("race", "low_income")),
    *figures("""
        select {org}, school_year, {group}, 1.0 * numerator / nullif(denominator, 0) as swd_share,
            numerator as swd_students, denominator as enrolled_students
        from marts.msr_risk_ratio where {of_org} and {of_group} and outcome = 'swd_identification'""",
        org=("district", "school"), group=("race", "el")),
    # Achievement
    *figures("""
        select {org}, school_year, assessment, administration, subject, grade as tested_grade, {group},
            value as proficiency_rate, numerator as proficient_results, denominator as levelled_results,
            n as assessment_results, round(participation * n) as tested_results, participation as participation_rate
        from marts.msr_proficiency where {of_org} and {of_group}""",
        org=("district", "school"), group=("everyone", "race", "sex", *PROGRAMS)),
    *figures("""
        select distinct {org}, school_year, assessment, administration, subject, grade as tested_grade,
            compared.race_group, compared.average_scale_score
        from marts.msr_achievement_gap cross join lateral (
            values (subgroup, mean_score), (comparison, comparison_mean_score)
        ) as compared (race_group, average_scale_score) where {of_org} and subgroup_kind = 'race'""",
        org=("district",)),
    # Money
    *figures("""
        select fiscal_year, fund, function, object, program, location, service, budget_amount as budget,
            transfer_amount as transfers, actual_amount as actual, encumbered_amount as encumbered,
            available_amount as available, projected_amount as projected, variance_share as budget_variance
        from marts.msr_budget_to_actual"""),
    *figures("""
        select fiscal_year, fund, function, own_amount + central_amount as actual
        from marts.msr_spending_per_pupil where org_kind = 'district' and fund <> 'all' and function <> 'all'"""),
    *figures("""
        select cast(make_date(fiscal_year, 1, 1) as timestamptz) as year, {org}, value as spending_per_pupil,
            per_weighted_pupil as spending_per_weighted_pupil, n as pupils, weighted_pupils, own_amount as actual
        from marts.msr_spending_per_pupil where {of_org} and fund = 'all' and function = 'all'""",
        org=("school",)),
    # Of the district the metric counts the offices' spending too.
    *figures("""
        select cast(make_date(fiscal_year, 1, 1) as timestamptz) as year, {org}, all_per_pupil as spending_per_pupil,
            (own_amount + central_amount) / weighted_pupils as spending_per_weighted_pupil
        from marts.msr_spending_per_pupil where {of_org} and fund = 'all' and function = 'all'""",
        org=("district",)),
    *figures("""
        select fiscal_year, {place}, unlocked_service_share, unlocked_services, services as lockable_services,
            unlocked_dollar_share, unlocked_amount as unlocked_dollars, budget_amount as lockable_dollars
        from marts.msr_unlocked_share where {of_place}"""),
    *figures("""
        select fiscal_year, school_id, allocated_amount as allocated, formula_amount as formula_allocation,
            difference_amount as allocation_difference, lines_with_difference as misallocated_lines
        from marts.msr_school_allocation"""),
    # Staff
    *figures("""
        select {org}, school_year, {staff}, {race}, applied as applicants, screened as screened_applicants,
            interviewed as interviewed_applicants, offered as offered_applicants, accepted as accepted_applicants,
            started as started_applicants, 1.0 * screened / nullif(applied, 0) as screening_pass_rate,
            1.0 * interviewed / nullif(screened, 0) as interview_rate,
            1.0 * offered / nullif(interviewed, 0) as offer_rate,
            1.0 * accepted / nullif(offered, 0) as acceptance_rate,
            1.0 * started / nullif(accepted, 0) as start_rate, value as selection_rate,
            days_to_screened as median_days_to_screened, days_to_interviewed as median_days_to_interviewed,
            days_to_offered as median_days_to_offered, days_to_accepted as median_days_to_accepted,
            days_to_started as median_days_to_started
        from marts.msr_hiring_funnel where {of_org} and {of_staff} and {of_race}"""),
    *figures("""
        select {org}, school_year, {staff}, denominator as searches, numerator as filled_searches,
            still_open as open_searches, 1.0 * numerator / denominator as filled_search_share,
            median_open_age_days as median_age_of_open_searches, longest_open_age_days as longest_open_search
        from marts.msr_time_to_fill where {of_org} and {of_staff}"""),
    *figures("""
        select {org}, school_year, {staff}, value as vacancy_rate, numerator as vacant_fte,
            denominator as budgeted_fte
        from marts.msr_vacancy where {of_org} and {of_staff} and counted = 'base_date'"""),
    *figures("""
        select {org}, school_year, {staff}, value as vacancy_rate_now, numerator as vacant_fte_now,
            denominator as budgeted_fte_now, vacant_positions as vacant_positions_now
        from marts.msr_vacancy where {of_org} and {of_staff} and counted = 'as_of'"""),
    # The leavers' share is what the rounded shares of the others leave over: its last digit is not its own.
    *figures("""
        select {org}, school_year, {staff}, {race}, n as staff_headcount,
            case when max(value) is null then 0 else n end as staff_followed, max(retirements) as staff_retired,
            1.0 * max(retirements) / nullif(n, 0) as staff_retirement_rate,
            sum(numerator) filter (where outcome = 'stayer') as staff_stayers,
            sum(numerator) filter (where outcome = 'mover') as staff_movers,
            sum(numerator) filter (where outcome = 'leaver') as staff_leavers,
            max(value) filter (where outcome = 'stayer') as staff_retention_rate,
            max(value) filter (where outcome = 'mover') as staff_mover_rate,
            cast(max(value) filter (where outcome = 'leaver') as float) as staff_leaver_rate
        from marts.msr_retention where {of_org} and {of_staff} and {of_race}
        group by org_id, school_year, job_group, race_group, n"""),
    *figures("""
        select {org}, school_year, {staff}, fte as staff_fte_total, staff_of_colour_fte,
            fte - unknown_fte as staff_of_known_race_fte, unknown_fte as staff_of_unknown_race_fte,
            staff_of_colour_share, unknown_share as unknown_race_share, diversity_index
        from marts.msr_staffing_diversity where {of_org} and {of_staff}"""),
    *figures("""
        select {org}, school_year, {staff}, headcount as staff_headcount
        from marts.msr_staffing_diversity where {of_org} and {of_staff}
            and school_year >= (select min(school_year) from marts.msr_retention)"""),
    *figures("""
        select {org}, school_year, {staff}, race_group, fte as staff_of_known_race_fte
        from marts.msr_representation where {of_org} and {of_staff} and fte > 0"""),
    *figures("""
        select {org}, school_year, race_group, numerator as staff_headcount
        from marts.msr_staff_pipeline where {of_org} and rung = 'in_post'""", org=("district", "network")),
    # Registration
    *figures("""
        select {family}, school_year, value as median_days_to_{step}, p90_days as p90_days_to_{step},
            mean_days as average_days_to_{step}
        from marts.msr_registration_timeline where {of_family} and {of_step}"""),
    *figures("""
        select {family}, school_year, value as median_days_to_desk, p90_days as p90_days_to_desk,
            mean_days as average_days_to_desk, n + withdrawn as registrations, still_open as open_registrations,
            withdrawn as withdrawn_registrations, median_open_days as median_age_of_open_registrations
        from marts.msr_registration_timeline where {of_family} and step = 'in_all'"""),
    *figures("""
        select {family}, school_year, done as enrolled_registrations
        from marts.msr_registration_timeline where {of_family} and step = 'enroll'"""),
    # The scorecard
    *figures("""
        select school_id, school_year, indicator, count(*) filter (where verdict = 'met') as scorecard_met,
            count(*) filter (where verdict = 'on_track') as scorecard_on_track,
            count(*) filter (where verdict = 'off_track') as scorecard_off_track,
            count(*) filter (where verdict in ('met', 'on_track', 'off_track')) as scorecard_judged,
            avg(cast(verdict = 'met' as int)) filter (where verdict <> 'insufficient_n') as scorecard_met_share
        from marts.msr_scorecard group by 1, 2, 3"""),
    # Figures that do not add up, by all that their mart has one of.
    *figures("""
        select org_kind, org_id, school_year, job_group, parity_index as staff_parity_index, staffing_diversity_index
        from marts.msr_staffing_diversity"""),
    *figures("""
        select org_kind, org_id, school_year, job_group, race_group, representation_gap, parity as group_parity
        from marts.msr_representation"""),
    *figures("""
        select org_kind, org_id, school_name, level, school_year, job_group, race_group, representation_gap
        from marts.msr_representation left join marts.dim_school on org_kind = 'school' and org_id = school_id"""),
    *figures("""
        select org_kind, org_id, job_group, period_kind, school_year, stage, race_group, value as adverse_impact_ratio,
            cast(p_holm as numeric(12, 10)) as adverse_impact_p
        from marts.msr_adverse_impact"""),
    *figures("""
        select org_kind, org_id, school_year, job_group, value as median_days_to_fill, p90_days as p90_days_to_fill
        from marts.msr_time_to_fill"""),
    *figures("""
        select part, org_kind, org_id, school_year, rung, from_job_group, race_group, value as staff_pipeline_share
        from marts.msr_staff_pipeline"""),
    *figures("""
        select org_kind, org_id, assessment, administration, subject, grade, school_year, subgroup_kind, subgroup,
            value as achievement_gap, proficiency_gap
        from marts.msr_achievement_gap"""),
    *figures("""
        select org_kind, org_id, outcome, school_year, subgroup_kind, subgroup, value as risk_ratio
        from marts.msr_risk_ratio where ratio_kind = 'risk_ratio'"""),
    *figures("""
        select org_kind, org_id, outcome, school_year, subgroup_kind, subgroup, value as alternate_risk_ratio
        from marts.msr_risk_ratio where ratio_kind = 'alternate_risk_ratio'"""),
    *figures("""
        select org_kind, org_id, level, school_year, measure, race_group, other_race_group, value as segregation
        from marts.msr_segregation"""),
    *figures("""
        select org_kind, org_id, opportunity, school_year, subgroup_kind, subgroup, value as access_odds_ratio
        from marts.msr_access"""),
    *figures("""
        select fiscal_year, school_level, basis, coefficient_of_variation as spending_variation,
            mcloone as mcloone_index, verstegen as verstegen_index, gini as spending_gini, federal_range_ratio,
            need_slope
        from marts.msr_funding_equity"""),
    *figures("""
        select group_kind, group_id, indicator, school_year, value as network_value,
            matched_value as network_matched_value, difference as network_difference
        from marts.msr_network"""),
    *figures("""
        select school_id, priority, fiscal_year, value as priority_spending_share from marts.msr_priority_spending"""),
]  # fmt: skip
# What no `msr_` mart publishes. The clean files hold each row once, so that staging has no versions to choose from.
WORKED_OUT = [
    *figures(f"""
        select school_year, count(distinct (student_id, on_date)) as scheduled_days
        from staging.stg_sis__school_enrollment inner join staging.stg_sis__calendar_day using (school_id, school_year)
        where is_instructional and on_date between entered_on and coalesce(exited_on, on_date) and on_date <= '{AS_OF}'
        group by 1"""),
    # A student whose spells at two schools overlap is at the one entered last.
    *figures(f"""
        select school_id, date_trunc('{{grain}}', on_date) as {{grain}}, count(*) as daily_enrolled,
            sum(1 - coalesce(absent_fraction, 0)) as daily_present,
            avg(1 - coalesce(absent_fraction, 0)) as daily_attendance_rate
        from (
            select distinct on (student_id, on_date) * from staging.stg_sis__school_enrollment
            inner join staging.stg_sis__calendar_day using (school_id, school_year)
            where is_instructional and on_date between entered_on and coalesce(exited_on, on_date)
            order by student_id, on_date, entered_on desc
        ) as student_day
        inner join staging.stg_sis__attendance_submission using (school_id, on_date)
        left join (
            staging.stg_sis__attendance_event inner join seeds.attendance_code using (code)
        ) using (student_id, school_id, on_date)
        where on_date <= '{AS_OF}' group by 1, 2"""),
    *figures("""
        select fiscal_year, fund, sum(amount) as actual
        from staging.stg_finance__ledger_line where entry_kind = 'actual' group by 1, 2"""),
    *figures("""
        select fiscal_year, fund, sum(amount) as budget from (
            select distinct on (account_code, fiscal_year) * from staging.stg_finance__budget_line
            order by account_code, fiscal_year, version = 'revised' desc, version = 'adopted' desc
        ) as line inner join staging.stg_finance__account using (account_code) group by 1, 2"""),
    *figures("""
        select fiscal_year, account_code, sum(amount) as payroll_dollars,
            coalesce(sum(amount) filter (where coalesce(fte, 0) = 0), 0) as payroll_correction_dollars
        from staging.stg_finance__payroll_line group by 1, 2"""),
    # test_staffing_recomputed works these rows out from the files.
    *figures("""
        select kind, fiscal_year, count(*) as payroll_differences,
            sum(abs(coalesce(difference_amount, 0))) as payroll_difference_dollars
        from marts.fct_payroll_difference group by 1, 2"""),
    *figures("""
        select school_id, school_year as fiscal_year, count(distinct student_id) as pupils_with_need
        from staging.stg_sis__school_enrollment inner join staging.stg_programs__participation using (student_id)
        where program in ('el', 'swd', 'low_income')
            and make_date(school_year - 1, 10, 1) between entered_on and coalesce(exited_on, 'infinity')
            and make_date(school_year - 1, 10, 1) between begins_on and coalesce(ends_on, 'infinity')
        group by 1, 2"""),
    *figures(f"""
        select {SCHOOL_YEAR.format('separated_on')}, reason, count(*) as separations,
            count(*) filter (where reason = 'retirement') as retirements,
            avg(cast(reason = 'retirement' as int)) as retirement_share_of_separations
        from staging.stg_hr__separation where separated_on <= '{AS_OF}' group by 1, 2"""),
    *figures(f"""
        select {SCHOOL_YEAR.format('posted_on')}, job_group, count(*) as searches,
            count(*) filter (where not exists (
                select 1 from staging.stg_hr__application as a
                where a.requisition_id = r.requisition_id and applied_on <= '{AS_OF}'
            )) as searches_without_applicants
        from staging.stg_hr__requisition as r where posted_on <= '{AS_OF}' group by 1, 2"""),
    *figures(f"""
        select school_year, school_id,
            avg(date '{AS_OF}' - submitted_on) filter (where first_attended_on is null and withdrawn_on is null)
            as average_age_of_open_registrations
        from marts.fct_registration where school_id is not null group by 1, 2"""),
    *figures("""
        select school_id, elt_term, program as elt_program, count(*) as elt_requests,
            count(decision) as elt_decided_requests, count(*) filter (where decision = 'offered') as elt_offers,
            1.0 * count(*) filter (where decision = 'offered') / nullif(count(decision), 0) as elt_offer_rate,
            count(answer) filter (where decision = 'offered') as elt_answered_offers,
            count(*) filter (where decision = 'offered' and answer = 'accepted') as elt_seats_taken,
            avg(cast(answer = 'accepted' as int)) filter (where decision = 'offered') as elt_acceptance_rate
        from staging.stg_programs__elt_request group by 1, 2, 3"""),
    *figures("""
        select school_id, elt_term, program as elt_program, count(*) as elt_sessions,
            count(*) filter (where is_present) as elt_sessions_attended, avg(cast(is_present as int))
            as elt_attendance_rate, sum(minutes / 60.0) filter (where is_present) as elt_hours_attended
        from staging.stg_programs__elt_attendance
        inner join staging.stg_programs__elt_session using (school_id, elt_term, program, on_date) group by 1, 2, 3"""),
]  # fmt: skip


SCHOOL = "inner join marts.dim_school on org_kind = 'school' and org_id = school_id"
# The standard views: all that they are cut by, and a figure or two of each as the mart has it.
SAVED = {
    "chronic_absence_by_group": """
        select school_year, subgroup_kind, subgroup, value as chronic_absence_rate
        from marts.msr_chronic_absence where org_kind = 'district'""",
    "chronic_absence_by_school_and_group": f"""
        select school_year, school_id, school_name, subgroup_kind, subgroup, value as chronic_absence_rate,
            denominator as rated_students
        from marts.msr_chronic_absence {SCHOOL}""",
    "attendance_by_school_and_month": """
        select date_trunc('month', on_date) as month, school_id, school_name, sum(days_present) as daily_present,
            sum(days_present) / sum(enrolled_students) as daily_attendance_rate
        from marts.fct_attendance_day inner join marts.dim_school using (school_id) group by 1, 2, 3""",
    "proficiency_by_group": """
        select school_year, assessment, administration, subject, subgroup as race_group,
            1.0 * sum(numerator) / sum(denominator) as proficiency_rate, sum(denominator) as levelled_results
        from marts.msr_proficiency where org_kind = 'district' and subgroup_kind = 'race' group by 1, 2, 3, 4, 5""",
    "discipline_by_group": """
        select school_year, subgroup as race_group, value as suspension_rate, discipline_share as discipline_rate,
            days_per_100_students as suspension_days_per_100_students
        from marts.msr_discipline where org_kind = 'district' and subgroup_kind = 'race'""",
    "staff_diversity_by_school_and_job_group": f"""
        select school_year, school_id, school_name, job_group, fte as staff_fte_total, staff_of_colour_share,
            unknown_share as unknown_race_share, diversity_index
        from marts.msr_staffing_diversity {SCHOOL} where job_group <> 'all_staff'""",
    "hiring_funnel_by_race_group": """
        select school_year, race_group, applied as applicants, offered as offered_applicants, value as selection_rate
        from marts.msr_hiring_funnel
        where org_kind = 'district' and job_group = 'all_staff' and race_group <> 'all_groups'""",
    # A level is no organisation of the mart: a person with posts at two schools of it counts once there.
    "retention_by_race_group_and_level": """
        select school_year, level, race_group, count(distinct staff_id) as staff_followed,
            1.0 * count(distinct staff_id) filter (where is_kept) / count(distinct staff_id) as staff_retention_rate
        from marts.fct_staff_post inner join marts.dim_school using (school_id)
        inner join (select staff_id, school_year, race_group from marts.fct_staff_year) as person
            using (staff_id, school_year)
        where outcome <> 'not_yet_known' group by 1, 2, 3""",
    "vacancies_by_job_group": """
        select job_group, value as vacancy_rate_now, numerator as vacant_fte_now
        from marts.msr_vacancy where org_kind = 'district' and job_group <> 'all_staff' and counted = 'as_of'""",
    "budget_to_actual_by_fund": """
        select fiscal_year, fund, sum(own_amount + central_amount) as actual
        from marts.msr_spending_per_pupil
        where org_kind = 'district' and fund <> 'all' and function = 'all' group by 1, 2""",
    "unlocked_share_by_school": """
        select fiscal_year, school_id, school_name, unlocked_service_share, unlocked_dollar_share
        from marts.msr_unlocked_share inner join marts.dim_school using (k_school)""",
    "spending_per_pupil_by_school": f"""
        select cast(make_date(fiscal_year, 1, 1) as timestamptz) as year, school_id, school_name, n as pupils,
            value as spending_per_pupil, per_weighted_pupil as spending_per_weighted_pupil
        from marts.msr_spending_per_pupil {SCHOOL} where fund = 'all' and function = 'all'""",
    "registration_times_by_month": f"""
        select date_trunc('month', submitted_on) as month, count(*) as registrations,
            percentile_cont(0.5) within group (order by completed_on - submitted_on)
            filter (where withdrawn_on is null) as median_days_to_complete
        from staging.stg_community__registration where submitted_on <= '{AS_OF}' group by 1""",
    "elt_by_program": """
        select elt_term, program as elt_program, count(*) as elt_requests,
            count(*) filter (where decision = 'offered') as elt_offers
        from staging.stg_programs__elt_request group by 1, 2""",
}


def key(value: Any) -> Any:
    """A value of a dimension, the same from pandas and from the database."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float | Decimal) else value


def differs(got: Any, expected: Any) -> bool:
    """Whether two figures are further apart than half of the last digit that the mart keeps."""
    if pd.isna(got) or pd.isna(expected):
        return pd.isna(got) != pd.isna(expected)
    exponent = expected.as_tuple().exponent if isinstance(expected, Decimal) else -9
    assert isinstance(exponent, int)
    allowed = Decimal(5).scaleb(max(exponent, -10) - 1) + Decimal("1e-11")
    return abs(Decimal(str(got)) - Decimal(str(expected))) > allowed


def check(answer: pd.DataFrame, expected: pd.DataFrame, cuts: list[str], metrics: list[str]) -> None:
    """Every figure of the mart is answered, and nothing that the mart does not have. The answer's columns: as given."""
    got = {tuple(map(key, row[: len(cuts)])): row[len(cuts) :] for row in answer.itertuples(index=False)}
    # A mart says 0 of a group in which there is nobody, where a metric has no row.
    nobody = [0] * len(metrics)
    wrong, compared = [], dict.fromkeys(metrics, 0)
    for row in expected[cuts + metrics].itertuples(index=False):
        place = tuple(map(key, row[: len(cuts)]))
        values = got.pop(place, nobody)
        for name, value, wanted in zip(metrics, values, row[len(cuts) :], strict=True):
            compared[name] += values is not nobody and not pd.isna(wanted)
            if differs(value, wanted) and not (values is nobody and pd.isna(wanted)):
                wrong.append((place, name, value, wanted))
    assert not wrong, (len(expected), wrong[:8])
    # What an office has is in the district's figures, and belongs to no school, level or network.
    left = {place: values for place, values in got.items() if None not in place}
    assert not any(not pd.isna(value) and value for values in left.values() for value in values), left
    assert all(compared.values()), f"nothing was compared for some of {compared}"


@pytest.mark.parametrize("statement", [*PUBLISHED, *WORKED_OUT])
def test_a_metric_answers_what_is_published(lakeside: Lakeside, statement: str) -> None:
    names = {metric.name for metric in list_metrics()}
    expected = lakeside.frame(statement)
    metrics = [str(name) for name in expected if name in names]
    cuts = [str(name) for name in expected if name not in names and name not in WHOLE]
    # Of the groups that a student may be in or not, the mart holds those who are.
    check(query(metrics, cuts, [f"{name} = true" for name in cuts if name.startswith("is_")]), expected, cuts, metrics)


def test_a_figure_that_does_not_add_up_is_of_one_row_or_none(lakeside: Lakeside) -> None:
    by_mart = dict[tuple[str, tuple[str, ...]], list[str]]()
    for metric in list_metrics():
        for mart in rows_behind([metric.name]).items():
            by_mart.setdefault(mart, []).append(metric.name)
    assert len(by_mart) > 10
    for (_, grain), names in by_mart.items():
        with pytest.raises(SemanticError, match=f"leaves open: {', '.join(grain)}"):
            query(names)
        # Whoever runs the SQL elsewhere gets no number either.
        assert lakeside.frame(compile_sql(names)).isna().all(axis=None), names
        # One year left out is enough for several rows behind some of the answers.
        with pytest.raises(SemanticError, match=r"leaves open: (school|fiscal)_year"):
            query(names, [name for name in grain if not name.endswith("_year")])


def test_a_figure_that_does_not_add_up_may_be_held_fast(lakeside: Lakeside) -> None:
    expected = lakeside.frame(
        """
        select value from marts.msr_risk_ratio where org_kind = 'district' and outcome = 'chronic_absence'
            and school_year = 2025 and subgroup = 'low_income' and ratio_kind = 'risk_ratio'"""
    )
    held = ["org_kind = district", "outcome = chronic_absence", "school_year = 2025", "subgroup = low_income"]
    assert query(["risk_ratio"], where=held)["risk_ratio"].tolist() == expected["value"].tolist() != []
    with pytest.raises(SemanticError, match="leaves open: org_id, subgroup_kind, subgroup"):
        query(["risk_ratio"], where=held[:3])


def test_every_metric_is_compared(lakeside: Lakeside) -> None:
    compared = set[str]()
    for case in [*PUBLISHED, *WORKED_OUT]:
        compared |= set(map(str, lakeside.frame(f"select * from ({case.values[0]}) as figures limit 0")))
    missing = {metric.name for metric in list_metrics()} - compared
    assert not missing, f"add the mart or the statement that {sorted(missing)} are compared with"


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_query_shows_what_is_published(lakeside: Lakeside, name: str) -> None:
    [(label, description, metrics)] = [saved[1:] for saved in list_saved() if saved[0] == name]
    assert label != name and description.endswith(".")
    answer = query_saved(name)
    answer = answer.set_axis([str(column).rpartition("__")[2] for column in answer], axis=1)
    expected = lakeside.frame(SAVED[name])
    cuts = [str(column) for column in expected if column not in metrics]
    shown = [column for column in expected if column in metrics]
    assert len(answer) and shown and {*answer} == {*cuts, *metrics}
    check(answer[cuts + shown], expected, cuts, shown)


def test_every_saved_query_is_compared(lakeside: Lakeside) -> None:
    assert {saved[0] for saved in list_saved()} == {*SAVED}
