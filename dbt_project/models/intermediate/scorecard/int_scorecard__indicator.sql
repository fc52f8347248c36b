-- Every indicator of the scorecard by school and year, one branch each. A new indicator is a branch
-- here, a line of the seed `indicator`, and its models in scorecard_parents().
{%- set parity = parity_index(
    share("org_group.students", "org_group.known_students"), share("org_group.fte", "org_group.known_fte")
) %}

with absence as (
    select
        org_id as school_id,
        school_year,
        students,
        rated,
        chronic,
        enrolled_days,
        scheduled_days,
        days_absent
    from {{ ref('int_attendance__subgroup') }}
    where org_kind = 'school' and subgroup = 'all_students'
),

tested as (
    select
        org_id as school_id,
        school_year,
        subject,
        sum(levelled) as levelled,
        sum(proficient) as proficient
    from {{ ref('int_achievement__moment') }}
    where
        org_kind = 'school'
        and subgroup = 'all_students'
        and assessment = '{{ var("scorecard_assessment") }}'
        and administration = '{{ var("scorecard_administration") }}'
        and subject in ('ela', 'math')
    group by org_id, school_year, subject
),

-- A suspension follows the student, as absence does: it counts in the student's own school, wherever it was
-- given.
disciplined as (
    select
        school_id,
        school_year,
        count(*) as students,
        count(*) filter (where suspensions > 0) as suspended_students,
        -- Where nobody in the district has any action all year, nobody wrote them down.
        school_year in (
            select every_school.school_year from {{ ref('int_equity__student_outcome') }} as every_school
            where every_school.actions > 0
        ) as is_collected
    from {{ ref('int_equity__student_outcome') }}
    where school_id is not null
    group by school_id, school_year
),

staffed as (
    select
        org_group.org_id as school_id,
        org_group.school_year,
        max(headcount.headcount) as headcount,
        max(org_group.known_fte) as known_fte,
        sum(power({{ share("org_group.fte", "org_group.known_fte") }}, 2)) as sum_of_squares,
        {{ parity }} as parity_index
    from {{ ref('int_staffing__org_group') }} as org_group
    left join {{ ref('int_staffing__org_headcount') }} as headcount
        using (org_kind, org_id, school_year, job_group)
    where org_group.org_kind = 'school' and org_group.job_group = 'all_staff'
    group by org_group.org_id, org_group.school_year
    -- Staff records reach furthest back: a year without students is no year of the scorecard.
    having max(org_group.known_students) > 0
),

-- The people in post on the base date of the year: what became of them is known a year later.
retained as (
    select
        retention.org_id as school_id,
        retention.school_year,
        retention.people,
        retention.is_over,
        case when retention.is_over then retention.stayers end as stayers
    from {{ ref('int_staffing__retention') }} as retention
    inner join staffed on retention.org_id = staffed.school_id and retention.school_year = staffed.school_year
    where
        retention.org_kind = 'school'
        and retention.job_group = 'all_staff'
        and retention.race_group = 'all_groups'
),

-- The base date, as for the other figures of staff, so that years can be held against each other.
vacant as (
    select
        vacancy.org_id as school_id,
        vacancy.school_year,
        vacancy.positions,
        vacancy.budgeted_fte,
        vacancy.vacant_fte
    from {{ ref('int_staffing__vacancy') }} as vacancy
    inner join staffed on vacancy.org_id = staffed.school_id and vacancy.school_year = staffed.school_year
    where
        vacancy.org_kind = 'school'
        and vacancy.job_group = 'all_staff'
        and vacancy.counted = 'base_date'
),

diversity_member as (
    select count(*) as group_count
    from {{ ref('race_group') }}
    where is_diversity_group
),

funded as (
    select
        location as school_id,
        fiscal_year as school_year,
        coalesce(sum(budget_amount) filter (where lock_status is not null), 0) as budget_amount,
        coalesce(sum(budget_amount) filter (where lock_status = 'unlocked'), 0) as unlocked_amount,
        bool_or(lock_status is null) as is_partly_mapped
    from {{ ref('int_funding__spending') }}
    where service is not null and budget_amount <> 0
    group by location, fiscal_year
),

-- Actual less budget says nothing before the year is over.
spent as (
    select
        account.location as school_id,
        account_year.fiscal_year as school_year,
        sum(account_year.budget_amount) as budget_amount,
        sum(account_year.actual_amount) as actual_amount
    from {{ ref('int_funding__account_year') }} as account_year
    inner join {{ ref('int_funding__account') }} as account
        on
            account_year.ledger = account.ledger
            and account_year.account_code = account.account_code
    where
        account_year.budget_amount is not null
        and account.location is not null
        and {{ year_ends_on("account_year.fiscal_year") }} <= {{ as_of() }}
    group by account.location, account_year.fiscal_year
),

indicators as (
    select
        'chronic_absence' as indicator,
        school_id,
        school_year,
        {{ share("chronic", "rated") }} as value,
        cast(chronic as numeric) as numerator,
        cast(rated as numeric) as denominator,
        cast(students as integer) as n,
        {{ attendance_status("rated", "enrolled_days", "scheduled_days") }} as status
    from absence
    union all
    select
        'attendance_rate' as indicator,
        school_id,
        school_year,
        {{ share("enrolled_days - days_absent", "enrolled_days") }} as value,
        enrolled_days - days_absent as numerator,
        cast(enrolled_days as numeric) as denominator,
        cast(students as integer) as n,
        {{ attendance_status("enrolled_days", "enrolled_days", "scheduled_days") }} as status
    from absence
    union all
    select
        'proficiency_' || subject as indicator,
        school_id,
        school_year,
        {{ share("proficient", "levelled") }} as value,
        cast(proficient as numeric) as numerator,
        cast(levelled as numeric) as denominator,
        cast(levelled as integer) as n,
        case when levelled = 0 then 'insufficient_n' else 'ok' end as status
    from tested
    union all
    select
        'suspension_rate' as indicator,
        school_id,
        school_year,
        case when is_collected then {{ share("suspended_students", "students") }} end as value,
        case when is_collected then cast(suspended_students as numeric) end as numerator,
        cast(students as numeric) as denominator,
        cast(students as integer) as n,
        case when is_collected then 'ok' else 'not_collected' end as status
    from disciplined
    union all
    select
        'staff_diversity' as indicator,
        staffed.school_id,
        staffed.school_year,
        {{ normalised_blau("staffed.sum_of_squares", "diversity_member.group_count") }} as value,
        cast(null as numeric) as numerator,
        cast(null as numeric) as denominator,
        cast(staffed.headcount as integer) as n,
        case when staffed.known_fte <= 0 then 'insufficient_n' else 'ok' end as status
    from staffed
    cross join diversity_member
    union all
    select
        'staff_parity' as indicator,
        school_id,
        school_year,
        parity_index as value,
        cast(null as numeric) as numerator,
        cast(null as numeric) as denominator,
        cast(headcount as integer) as n,
        case when known_fte <= 0 then 'insufficient_n' else 'ok' end as status
    from staffed
    union all
    select
        'retention' as indicator,
        school_id,
        school_year,
        {{ share("stayers", "people") }} as value,
        cast(stayers as numeric) as numerator,
        cast(people as numeric) as denominator,
        cast(people as integer) as n,
        case when is_over then 'ok' else 'not_collected' end as status
    from retained
    union all
    select
        'vacancy_rate' as indicator,
        school_id,
        school_year,
        {{ share("vacant_fte", "budgeted_fte") }} as value,
        cast(vacant_fte as numeric) as numerator,
        cast(budgeted_fte as numeric) as denominator,
        cast(positions as integer) as n,
        case when budgeted_fte = 0 then 'insufficient_n' else 'ok' end as status
    from vacant
    union all
    select
        'unlocked_dollar_share' as indicator,
        school_id,
        school_year,
        {{ share("unlocked_amount", "budget_amount") }} as value,
        cast(unlocked_amount as numeric) as numerator,
        cast(budget_amount as numeric) as denominator,
        cast(null as integer) as n,
        case
            when budget_amount = 0 then 'not_collected' when is_partly_mapped then 'incomplete_feed' else 'ok'
        end as status
    from funded
    union all
    select
        'budget_variance' as indicator,
        school_id,
        school_year,
        {{ share("actual_amount - budget_amount", "budget_amount") }} as value,
        cast(actual_amount - budget_amount as numeric) as numerator,
        cast(budget_amount as numeric) as denominator,
        cast(null as integer) as n,
        case when budget_amount = 0 then 'insufficient_n' else 'ok' end as status
    from spent
)

select
    indicator,
    school_id,
    school_year,
    case when not {{ is_incomplete_indicator("indicator") }} then value end as value,
    numerator,
    denominator,
    n,
    case when {{ is_incomplete_indicator("indicator") }} then 'incomplete_feed' else status end as status
from indicators
