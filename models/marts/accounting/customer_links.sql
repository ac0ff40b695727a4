-- Whether the customers that a raw table names are in customers, and which would be but for leading zeros, capitals and
-- dashes: ids of two systems that mean the same people and join nobody.
{%- set others = ['customers', 'surveys', 'survey_forgotten', 'survey_answers', 'survey_wide', 'actions'] %}
{%- set facts = dbt_satisfaction.raw_tables_read() | reject('in', others) | list %}

with named as (
    {%- if 'survey' in var('areas') %}
    select distinct
        source_table as table_name,
        customer_id
    from {{ ref('stg_responses') }}
    where not is_anonymous
    {{ "union all" if facts }}
    {%- endif %}
    {%- for table in facts %}
    select distinct
        '{{ table }}' as table_name,
        customer_id
    from {{ ref('int_purchases' if table == 'transactions' else 'stg_' ~ table) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

customers as (
    select distinct
        customer_id,
        {{ dbt_satisfaction.plain_id('customer_id') }} as plain_id
    from {{ ref('stg_customers') }}
),

alike as (
    select
        plain_id,
        min(customer_id) as near_id
    from customers
    group by plain_id
),

linked as (
    select
        named.table_name,
        named.customer_id,
        customers.customer_id is not null as is_in_customers,
        case when customers.customer_id is null then alike.near_id end as near_id
    from named
    left join customers on named.customer_id = customers.customer_id
    left join alike on {{ dbt_satisfaction.plain_id('named.customer_id') }} = alike.plain_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by table_name
            order by case when near_id is null then 1 else 0 end, customer_id
        ) as place
    from linked
)

select
    table_name,
    count(*) as n_customers,
    count(*) filter (where is_in_customers) as n_in_customers,
    count(near_id) as n_near,
    nullif(concat_ws(
        ', '
        {%- for place in range(1, 6) %},
        max(case when place = {{ place }} and near_id is not null then customer_id || ' → ' || near_id end)
        {%- endfor %}
    ), '') as near_examples
from numbered
group by table_name
