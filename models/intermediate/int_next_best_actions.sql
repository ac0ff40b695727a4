-- The first line of the playbook that fits each customer. A blank condition fits all; one that asks for something that
-- is not known does not fit.
{%- set conditions = ['tier_id', 'loyalty_class', 'relation_id', 'is_satisfied', 'is_active', 'has_open_complaint',
    'has_weakest_factor', 'weakest_factor_id'] %}
{%- set bounded = ['overall_level', 'ladder_level'] %}

with customers as (
    select * from {{ ref('int_customer_standing') }}
),

lines as (
    select * from {{ dbt_satisfaction.method_table('playbook_lines') }}
),

-- the lines are asked once per combination, not once per customer
combinations as (
    select distinct
        {{ (conditions + bounded) | join(',\n        ') }}
    from customers
),

fitting as (
    select
        combinations.*,
        min_by(lines.line_id, lines.line_order) as line_id
    from combinations
    inner join lines
        on true
        {%- for name in conditions %}
        and (lines.{{ name }} is null or combinations.{{ name }} = lines.{{ name }})
        {%- endfor %}
        {%- for name in bounded %}
        and (lines.min_{{ name }} is null or combinations.{{ name }} >= lines.min_{{ name }})
        and (lines.max_{{ name }} is null or combinations.{{ name }} <= lines.max_{{ name }})
        {%- endfor %}
    group by all
)

select
    customers.*,
    fitting.line_id
from customers
left join fitting
    on true
    {%- for name in conditions + bounded %}
    and customers.{{ name }} is not distinct from fitting.{{ name }}
    {%- endfor %}
