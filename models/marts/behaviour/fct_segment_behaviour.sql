-- Rates of complaints and of returns are told only where the data has any: else nobody knows whether they are kept.
{%- set least = var('min_respondents') %}
{%- set rates = [
    ('repurchase_rate', 'n_repurchased', 'n_eligible'),
    ('return_rate', 'window_returns_sum', 'n_return_base'),
    ('sole_supplier_share', 'n_sole', 'n_sole_known'),
    ('switched_share', 'n_switched', 'n_switched_known'),
    ('complaint_rate', 'n_complaining', 'n_at_risk'),
] %}

with returns as (
    select sum(n_returns) as n_returns from {{ ref('int_purchases') }}
),

sums as (
    select
        behaviour.*,
        case
            when returns.n_returns > 0 then behaviour.window_purchases_sum + behaviour.window_returns_sum
        end as n_return_base
    from {{ ref('int_behaviour_sums') }} as behaviour
    cross join returns
)

select
    month_start,
    segment_type,
    segment_value,
    n_customers,
    n_active,
    n_buyers,
    cast(purchases_sum as bigint) as n_purchases,
    cast(returns_sum as bigint) as n_returns,
    amount_sum as amount,
    cast(window_purchases_sum as bigint) as n_purchases_in_window,
    cast(window_returns_sum as bigint) as n_returns_in_window,
    window_amount_sum as amount_in_window,
    n_eligible,
    n_repurchased,
    n_sole_known,
    n_switched_known,
    {%- for name, k, n in rates %}
    {{ dbt_satisfaction.share_of(k, n) }} as {{ name }},
    {{ dbt_satisfaction.wilson_low(k, n) }} as {{ name }}_low,
    {{ dbt_satisfaction.wilson_high(k, n) }} as {{ name }}_high,
    {%- endfor %}
    {{ dbt_satisfaction.share_of('active_purchases_sum * 12', 'active_months_sum') }} as purchases_per_year,
    {{ dbt_satisfaction.share_of('window_amount_sum', 'window_purchases_sum') }} as amount_per_purchase,
    n_ever_bought,
    {{ dbt_satisfaction.share_of('recency_sum', 'n_ever_bought') }} as mean_recency_days,
    {{ dbt_satisfaction.share_of('active_tenure_sum', 'n_active') }} as mean_tenure_months,
    {{ dbt_satisfaction.share_of('uninterrupted_sum', 'n_active') }} as mean_uninterrupted_months,
    {{ dbt_satisfaction.share_of('breadth_sum', 'offered_sum') }} as mean_breadth_share,
    n_referrals_known,
    {{ dbt_satisfaction.share_of('referrals_sum', 'n_referrals_known') }} as mean_referrals,
    n_engagement_known,
    {{ dbt_satisfaction.share_of('engagement_sum', 'n_engagement_known') }} as mean_engagement,
    cast(complaints_sum as bigint) as n_complaints,
    n_at_risk,
    n_complaining,
    n_with_open_complaints,
    n_active >= {{ least }} as is_reliable,
    n_eligible >= {{ least }} as is_repurchase_rate_reliable,
    coalesce(n_return_base, 0) >= {{ least }} as is_return_rate_reliable,
    coalesce(n_at_risk, 0) >= {{ least }} as is_complaint_rate_reliable,
    n_left
from sums
