-- What BG/NBD and gamma-gamma expect of every customer who has bought. Of a customer who has left they expect nothing.
{%- set years = var('value_horizon_months') / 12 %}

with customers as (
    select * from {{ ref('int_purchase_summaries') }}
),

fits as (
    select
        {%- for parameter in ['p', 'q', 'gamma'] %}
        max(case when parameter = '{{ parameter }}' and not isnan(estimate) then estimate end) as {{ parameter }},
        {%- endfor %}
        max(case when model = 'bg_nbd' then status end) as purchase_status,
        max(case when model = 'gamma_gamma' then status end) as amount_status,
        bool_or(
            model = 'gamma_gamma' and status in ('estimated', 'too_few_customers', 'value_frequency_correlated')
        ) as has_mean
    from {{ ref('py_purchase_models') }}
),

-- without a mean of gamma-gamma the customer's own stands in
modelled as (
    select
        customers.customer_id,
        customers.n_purchases,
        predictions.*,
        case when customers.has_left then 'left' else fits.purchase_status end as purchase_status,
        fits.amount_status,
        fits.has_mean,
        case
            when not fits.has_mean then customers.mean_amount
            when customers.n_repeats > 0 and customers.mean_repeat_amount > 0
                then fits.p * (fits.gamma + customers.n_repeats * customers.mean_repeat_amount)
                    / (fits.p * customers.n_repeats + fits.q - 1)
            else fits.p * fits.gamma / (fits.q - 1)
        end as average_amount
    from customers
    cross join fits
    left join {{ ref('py_purchase_predictions') }} as predictions
        on not customers.has_left
        and customers.n_repeats = predictions.n_repeats
        and customers.days_to_last = predictions.days_to_last
        and customers.days_observed = predictions.days_observed
)

select
    customer_id,
    n_purchases,
    average_amount,
    case when has_mean then 'gamma_gamma' else 'own_mean' end as amount_source,
    expected_purchases / {{ years }}e0 as purchases_per_year,
    {{ years }}e0 as horizon_years,
    probability_alive,
    expected_purchases,
    expected_purchases * average_amount as expected_value,
    discounted_purchases * average_amount as discounted_value,
    repeat_probability,
    {{ dbt_satisfaction.nan_to_null('repeat_low') }} as repeat_low,
    {{ dbt_satisfaction.nan_to_null('repeat_high') }} as repeat_high,
    purchase_status,
    amount_status,
    purchase_status = 'estimated' as is_purchases_reliable,
    purchase_status = 'estimated' and amount_status = 'estimated' as is_value_reliable
from modelled
