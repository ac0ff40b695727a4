-- Sums over the customers of each segment in each month, as of the month's last day.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set figures = ['n_purchases', 'n_returns', 'n_complaints', 'n_open_complaints', 'amount', 'revenue', 'is_active',
    'was_active', 'is_new', 'is_reactivated', 'is_lost', 'is_repurchase_eligible', 'has_repurchased'] %}

with months as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_customer_behaviour') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', ['month_start'] + figures, types) }}
),

segments as (
    {{ dbt_satisfaction.segment_columns('attributes', ['month_start'] + figures) }}
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'segments', ['month_start'],
    {
        'purchases_sum': 'n_purchases', 'returns_sum': 'n_returns', 'complaints_sum': 'n_complaints',
        'amount_sum': 'amount', 'revenue_sum': 'coalesce(revenue, 0)',
    },
    {
        'n_customers': '1 = 1', 'n_active': 'is_active', 'n_opening': 'was_active', 'n_new': 'is_new',
        'n_reactivated': 'is_reactivated', 'n_lost': 'is_lost', 'n_eligible': 'is_repurchase_eligible',
        'n_repurchased': 'has_repurchased', 'n_buyers': 'n_purchases > 0', 'n_complaining': 'n_complaints > 0',
        'n_with_open_complaints': 'n_open_complaints > 0',
    }
) }} as sums
