select
    on_date,
    {{ school_year("on_date") }} as school_year,
    cast(extract(year from on_date) as integer) as calendar_year,
    cast(extract(month from on_date) as integer) as calendar_month,
    cast(extract(isodow from on_date) as integer) as weekday
from {{ ref('int_core__date') }}
