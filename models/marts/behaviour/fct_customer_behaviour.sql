{{ config(materialized='view') }}

-- No rate where the data has no return at all: nobody knows whether they are kept.
with returns as (
    select sum(n_returns) > 0 as are_known from {{ ref('int_purchases') }}
)

select
    month_start,
    customer_id,
    is_active,
    tenure_months,
    cast(uninterrupted_months as integer) as uninterrupted_months,
    n_purchases,
    n_returns,
    amount,
    cast(recency_days as integer) as recency_days,
    months_in_window,
    is_window_whole,
    n_purchases_in_window,
    n_purchases_in_window * 12e0 / months_in_window as purchases_per_year,
    amount_in_window,
    {{ dbt_satisfaction.share_of('amount_in_window', 'n_purchases_in_window') }} as amount_per_purchase,
    n_returns_in_window,
    case
        when returns.are_known
            then {{ dbt_satisfaction.share_of('n_returns_in_window', 'n_purchases_in_window + n_returns_in_window') }}
    end as return_rate,
    is_repurchase_eligible,
    case when is_repurchase_eligible then has_repurchased end as has_repurchased,
    breadth,
    cast(lines_offered as integer) as lines_offered,
    {{ dbt_satisfaction.share_of('breadth', 'lines_offered') }} as breadth_share,
    is_sole_supplier,
    has_ever_switched,
    referrals,
    engagement,
    risk_score,
    n_complaints,
    n_complaints_in_window,
    n_open_complaints,
    customer_status
from {{ ref('int_customer_behaviour') }}
cross join returns
