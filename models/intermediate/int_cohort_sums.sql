-- What the customers who began in the same month did at each age, by the segment in which they began.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with cohorts as (
    select * from {{ ref('int_relationships') }}
    where is_start_seen
),

months as (
    select
        cohorts.start_month as cohort_month,
        cast(
            {{ dbt_satisfaction.months_between('cohorts.start_month', 'behaviour.month_start') }} as integer
        ) as age_months,
        behaviour.is_active,
        behaviour.n_purchases,
        behaviour.revenue,
        cohorts.last_age,
        cohorts.is_lost,
        {{ dbt_satisfaction.prefixed('cohorts.', types) | join(', ') }}
    from cohorts
    inner join {{ ref('int_customer_behaviour') }} as behaviour
        on cohorts.customer_id = behaviour.customer_id and cohorts.start_month <= behaviour.month_start
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'months', ['cohort_month', 'age_months'],
    {'revenue_sum': 'coalesce(revenue, 0)'},
    {
        'n_cohort': '1 = 1', 'n_active': 'is_active', 'n_buyers': 'n_purchases > 0', 'n_paying': 'revenue > 0',
        'n_kept': 'not is_lost or age_months < last_age',
    }
) }} as sums
