-- What every customer who has bought is worth, by two methods: the simple product of averages, and what BG/NBD and
-- gamma-gamma expect. Of a customer who has left no value can be told.
{%- set rate = var('discount_rate_annual') %}

with customers as (
    select
        *,
        sum(case when n_repeats > 0 then 1 else 0 end) over () as n_repeat_buyers,
        -- the first purchase made the customer, and is no rate: repeats in the time in which they could be made, with
        -- one year of the population's beside, so that two purchases in a week are not taken for a hundred a year
        case
            when sum(n_repeats) over () > 0
                then (n_repeats + sum(n_repeats) over () / nullif(sum(days_active) over () / 365.25e0, 0))
                    / (days_active / 365.25e0 + 1)
        end as purchases_per_year
    from {{ ref('int_purchase_summaries') }}
),

-- customers lost of those who could be, month by month; in the first active_months of the data no buyer can be lost
churn as (
    select
        count(*) filter (where behaviour.was_active) as n_at_risk,
        count(*) filter (where behaviour.is_lost) as n_lost
    from {{ ref('int_customer_behaviour') }} as behaviour
    inner join {{ ref('int_calendar') }} as calendar
        on behaviour.month_start > {{ dbt_satisfaction.add_months('calendar.last_month', -12) }}
        and behaviour.month_start >= {{ dbt_satisfaction.add_months('calendar.first_month', var('active_months')) }}
),

kept as (
    select
        n_at_risk,
        case
            when n_lost > 0 then least({{ var('value_years_cap') }}e0, n_at_risk / 12e0 / n_lost)
            when n_at_risk > 0 then {{ var('value_years_cap') }}e0
        end as years_kept,
        case
            when n_at_risk = 0 then 'no_complete_month'
            when n_lost = 0 then 'nobody_lost'
            when n_at_risk / 12e0 / n_lost > {{ var('value_years_cap') }}e0 then 'capped'
            else 'estimated'
        end as status
    from churn
),

simple as (
    select
        customers.customer_id,
        customers.n_purchases,
        customers.mean_amount,
        case when not customers.has_left then customers.purchases_per_year end as purchases_per_year,
        kept.years_kept,
        case
            when customers.has_left then 'left'
            when customers.n_repeat_buyers = 0 then 'no_repeat_purchases'
            else kept.status
        end as status,
        not customers.has_left
        and kept.status = 'estimated'
        and kept.n_at_risk >= {{ 12 * var('min_respondents') }}
        and customers.n_repeat_buyers >= {{ var('min_respondents') }} as is_reliable,
        case when not customers.has_left then customers.mean_amount * customers.purchases_per_year end as yearly_value
    from customers
    cross join kept
)

select
    customer_id,
    'average' as method,
    n_purchases,
    mean_amount as average_amount,
    'own_mean' as amount_source,
    purchases_per_year,
    years_kept as horizon_years,
    cast(null as double) as probability_alive,
    purchases_per_year * years_kept as expected_purchases,
    yearly_value * years_kept as expected_value,
    yearly_value
    * {{ '(1 - power(' ~ (1 + rate) ~ 'e0, -years_kept)) / ln(' ~ (1 + rate) ~ 'e0)' if rate else 'years_kept' }}
        as discounted_value,
    cast(null as double) as repeat_probability,
    cast(null as double) as repeat_low,
    cast(null as double) as repeat_high,
    status as purchase_status,
    cast(null as {{ dbt.type_string() }}) as amount_status,
    is_reliable as is_purchases_reliable,
    is_reliable as is_value_reliable
from simple
union all
select
    customer_id,
    'bg_nbd_gamma_gamma' as method,
    n_purchases,
    average_amount,
    amount_source,
    purchases_per_year,
    horizon_years,
    probability_alive,
    expected_purchases,
    expected_value,
    discounted_value,
    repeat_probability,
    repeat_low,
    repeat_high,
    purchase_status,
    amount_status,
    is_purchases_reliable,
    is_value_reliable
from {{ ref('int_expected_values') }}
