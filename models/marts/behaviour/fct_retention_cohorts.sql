-- What became of the customers who began in the same month, age by age, as far as complete months go, by the segment in
-- which they began. Revenue is held against that of age 1: age 0 is a part of a month for whoever began in it, and no
-- base for whole ones.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}

with months as (
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
    from {{ ref('int_relationships') }} as cohorts
    inner join {{ ref('int_customer_behaviour') }} as behaviour
        on cohorts.customer_id = behaviour.customer_id and cohorts.start_month <= behaviour.month_start
    where cohorts.is_start_seen
),

sums as (
    select
        cohort_month,
        age_months,
        segment_type,
        segment_value,
        n_cohort,
        n_active,
        n_kept,
        n_buyers,
        revenue_sum,
        sum(revenue_sum) over (
            partition by segment_type, segment_value, cohort_month order by age_months
            rows between unbounded preceding and current row
        ) as revenue_so_far,
        max(case when age_months = 1 then revenue_sum end) over cohort as base_revenue,
        max(case when age_months = 1 then n_paying end) over cohort as n_base
    from {{ dbt_satisfaction.summed_by_segment(
        'months', ['cohort_month', 'age_months'],
        {'revenue_sum': 'coalesce(revenue, 0)'},
        {
            'n_cohort': '1 = 1', 'n_active': 'is_active', 'n_buyers': 'n_purchases > 0', 'n_paying': 'revenue > 0',
            'n_kept': 'not is_lost or age_months < last_age',
        },
        types=types
    ) }} as counted
    window cohort as (partition by segment_type, segment_value, cohort_month)
)

select
    cohort_month,
    age_months,
    segment_type,
    segment_value,
    n_cohort,
    n_active,
    n_kept,
    n_buyers,
    {{ dbt_satisfaction.share_of('n_active', 'n_cohort') }} as retention_rate,
    {{ dbt_satisfaction.wilson_low('n_active', 'n_cohort') }} as retention_low,
    {{ dbt_satisfaction.wilson_high('n_active', 'n_cohort') }} as retention_high,
    {{ dbt_satisfaction.share_of('n_kept', 'n_cohort') }} as kept_rate,
    {{ dbt_satisfaction.wilson_low('n_kept', 'n_cohort') }} as kept_low,
    {{ dbt_satisfaction.wilson_high('n_kept', 'n_cohort') }} as kept_high,
    {{ dbt_satisfaction.share_of('n_buyers', 'n_cohort') }} as buying_rate,
    revenue_sum / n_cohort as revenue_per_customer,
    revenue_so_far / n_cohort as cumulative_revenue_per_customer,
    case when age_months > 0 then revenue_sum / nullif(base_revenue, 0) end as revenue_retention,
    n_cohort >= {{ var('min_respondents') }} as is_reliable,
    coalesce(n_base >= {{ var('min_respondents') }}, false) as is_revenue_reliable
from sums
