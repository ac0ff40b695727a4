-- What customers declare of themselves, and when: one row per version, open at both ends of time.
with customers as (
    select * from {{ ref('stg_customers') }}
)

select
    customer_id,
    customer_name,
    customer_type,
    gender,
    birth_date,
    region,
    education,
    industry,
    {%- for name in dbt_satisfaction.declared_columns('customers') %}
    x_{{ name }},
    {%- endfor %}
    min(joined_on) over (partition by customer_id) as joined_on,
    case when lag(customer_id) over versions is null then cast('1000-01-01' as date) else valid_from end as valid_from,
    coalesce(lead(valid_from) over versions, cast('9999-12-31' as date)) as valid_to
from customers
window versions as (partition by customer_id order by valid_from asc nulls first)
