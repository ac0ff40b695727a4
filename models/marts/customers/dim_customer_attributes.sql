{%- set declared = dbt_satisfaction.declared_columns('customers').keys() | list %}

with profiles as (
    select
        customer_id,
        attribute,
        value,
        as_of
    from {{ dbt_satisfaction.ref_if_on('stg_customer_profiles') }}
)

{%- if declared %},

current_customers as (
    select
        versions.customer_id,
        {%- for name in declared %}
        cast(versions.x_{{ name }} as {{ dbt.type_string() }}) as x_{{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_customer_versions') }} as versions
    where versions.valid_to = cast('9999-12-31' as date)
),

extra as (
    select customer_id, attribute, value
    from {{ dbt_satisfaction.unpivot_columns(
        'current_customers', ['customer_id'], dbt_satisfaction.prefixed('x_', declared), 'attribute', 'value'
    ) }} as cells
)
{%- endif %}

select
    customer_id,
    attribute,
    value,
    as_of as observed_on,
    'customer_profiles' as source_table
from profiles
{%- if declared %}
union all
select
    customer_id,
    attribute,
    value,
    cast(null as date) as observed_on,
    'customers' as source_table
from extra
where value is not null
{%- endif %}
