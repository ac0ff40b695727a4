-- Customers as they are now, and what they are worth.
with customers as (
    select
        customer_id,
        customer_type,
        region,
        gender,
        age_band,
        education,
        industry,
        tier_id,
        loyalty_class,
        is_active,
        customer_status,
        expected_value,
        is_value_reliable,
        max(latest_month) over () as month_start
    from {{ ref('dim_customers') }}
),

simple as (
    select
        customer_id,
        expected_value
    from {{ ref('fct_customer_value') }}
    where method = 'average'
)

select
    customers.customer_id,
    customers.month_start,
    customers.customer_type,
    customers.region,
    customers.gender,
    customers.age_band,
    customers.education,
    customers.industry,
    customers.tier_id,
    customers.loyalty_class,
    customers.is_active,
    customers.customer_status,
    customers.expected_value,
    customers.is_value_reliable,
    simple.expected_value as simple_value
from customers
left join simple on customers.customer_id = simple.customer_id
