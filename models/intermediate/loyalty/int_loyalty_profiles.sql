-- Every combination of what the loyalty factors look at. There are far fewer of them than customers and months: each is
-- scored once.
{%- set columns = dbt_satisfaction.profile_columns() %}

with profiled as (
    {{ dbt_satisfaction.with_profiles(ref('int_month_metrics')) }}
),

profiles as (
    select distinct
        {{ columns | join(',\n        ') }}
    from profiled
    -- a customer who has left has no index
    where customer_status != 'left'
)

select
    *,
    row_number() over (order by {{ columns | join(', ') }}) as profile_id
from profiles
