-- Sums over the customers of each segment in each month, as of the month's last day. Two counts look a year ahead: how
-- many of a month's active customers are active twelve months later, so that both are of the same people and segment.
-- Nobody is at risk of a complaint where the data has none at all, or the segment no active customer: there is no rate.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set windows = ['n_purchases_in_window', 'n_returns_in_window', 'amount_in_window', 'months_in_window'] %}
{%- set figures = ['n_purchases', 'n_returns', 'n_complaints', 'n_open_complaints', 'amount', 'revenue',
    'customer_status', 'is_active', 'was_active', 'is_new', 'is_reactivated', 'is_lost',
    'is_repurchase_eligible', 'has_repurchased'] + windows
    + ['recency_days', 'tenure_months', 'uninterrupted_months', 'breadth', 'lines_offered', 'is_sole_supplier',
    'has_ever_switched', 'referrals', 'engagement', 'is_active_year_on', 'is_unbroken_year_on'] %}

with complaints as (
    select count(*) > 0 as are_known from {{ ref('int_complaint_months') }}
),

months as (
    select
        *,
        last_day(month_start) as on_date,
        coalesce(lead(is_active, 12) over by_month, false) as is_active_year_on,
        -- a stretch that has run thirteen months by then began in this month or before
        coalesce(lead(uninterrupted_months, 12) over by_month > 12, false) as is_unbroken_year_on
    from {{ ref('int_customer_behaviour') }}
    window by_month as (partition by customer_id order by month_start)
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', ['month_start'] + figures, types) }}
)

select
    sums.*,
    case when complaints.are_known and sums.n_active + sums.n_opening > 0 then sums.n_concerned end as n_at_risk
from {{ dbt_satisfaction.summed_by_attributes(
    'attributes', ['month_start'],
    {
        'purchases_sum': 'n_purchases', 'returns_sum': 'n_returns', 'complaints_sum': 'n_complaints',
        'amount_sum': 'amount', 'revenue_sum': 'coalesce(revenue, 0)',
        'window_purchases_sum': 'n_purchases_in_window', 'window_returns_sum': 'n_returns_in_window',
        'window_amount_sum': 'amount_in_window',
        'active_purchases_sum': 'case when is_active then n_purchases_in_window else 0 end',
        'active_months_sum': 'case when is_active then months_in_window else 0 end',
        'active_tenure_sum': 'case when is_active then coalesce(tenure_months, 0) else 0 end',
        'uninterrupted_sum': 'coalesce(uninterrupted_months, 0)',
        'breadth_sum': 'case when is_active then coalesce(breadth, 0) else 0 end',
        'offered_sum': 'case when is_active and breadth is not null then lines_offered else 0 end',
        'recency_sum': "case when customer_status != 'left' then coalesce(recency_days, 0) else 0 end",
        'referrals_sum': 'case when is_active then coalesce(referrals, 0) else 0 end',
        'engagement_sum': 'case when is_active then coalesce(engagement, 0) else 0 end',
    },
    {
        'n_customers': "customer_status != 'left'", 'n_left': "customer_status = 'left'",
        'n_active': 'is_active', 'n_opening': 'was_active', 'n_new': 'is_new',
        'n_reactivated': 'is_reactivated', 'n_lost': 'is_lost', 'n_eligible': 'is_repurchase_eligible',
        'n_repurchased': 'has_repurchased', 'n_buyers': 'n_purchases > 0', 'n_complaining': 'n_complaints > 0',
        'n_with_open_complaints': 'n_open_complaints > 0', 'n_concerned': 'is_active or was_active or n_complaints > 0',
        'n_ever_bought': "customer_status != 'left' and recency_days is not null",
        'n_sole_known': 'is_active and is_sole_supplier is not null',
        'n_sole': 'is_active and is_sole_supplier', 'n_switched_known': 'is_active and has_ever_switched is not null',
        'n_switched': 'is_active and has_ever_switched', 'n_referrals_known': 'is_active and referrals is not null',
        'n_engagement_known': 'is_active and engagement is not null',
        'n_active_year_on': 'is_active and is_active_year_on',
        'n_unbroken_year_on': 'is_active and is_unbroken_year_on',
    }
) }} as sums
cross join complaints
