-- How every promise was kept to the customers of each segment, by month; segments as of the month's last day.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set keys = ['month_start', 'promise_id'] %}
{%- set counts = ['n_kept', 'n_broken', 'n_pending', 'n_unknown'] %}

with months as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_promise_months') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', keys + counts, types) }}
)

select *
from {{ dbt_satisfaction.summed_by_attributes(
    'attributes', keys,
    {'kept_sum': 'n_kept', 'broken_sum': 'n_broken', 'pending_sum': 'n_pending', 'unknown_sum': 'n_unknown'},
    {'n_customers': '1 = 1'}
) }} as sums
