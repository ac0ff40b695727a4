-- What became of the customers who began in the same month, age by age, as far as complete months go. Revenue is held
-- against that of age 1: age 0 is a part of a month for whoever began in it, and no base for whole ones.
with sums as (
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
    from {{ ref('int_cohort_sums') }}
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
