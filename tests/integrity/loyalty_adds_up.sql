-- In every month each kind of segment parts the customers: its counts, levels and revenue sum to theirs; and the levels
-- of the customers are those of the ladder.
{%- set levels = ['n_level_1', 'n_level_2', 'n_level_3', 'n_level_4', 'n_level_5'] %}
{%- set counts = ['n_customers', 'n_left', 'n_indexed_customers', 'n_on_ladder', 'n_evaluable', 'n_classified',
    'n_loyal'] + levels %}

with customers as (
    select
        loyalty.month_start,
        count(case when loyalty.customer_status != 'left' then 1 end) as n_customers,
        count(case when loyalty.customer_status = 'left' then 1 end) as n_left,
        count(loyalty.loyalty_index) as n_indexed_customers,
        count(loyalty.ladder_level) as n_on_ladder,
        {%- for level in range(1, 6) %}
        count(case when loyalty.ladder_level = {{ level }} then 1 end) as n_level_{{ level }},
        {%- endfor %}
        count(case when ladder.evaluation_status = 'evaluated' then 1 end) as n_evaluable,
        count(loyalty.is_loyal) as n_classified,
        count(case when loyalty.is_loyal then 1 end) as n_loyal,
        sum(loyalty.revenue) as revenue,
        count(case when loyalty.ladder_level is distinct from ladder.ladder_level then 1 end) as n_off
    from {{ ref('fct_customer_loyalty') }} as loyalty
    left join {{ ref('fct_loyalty_ladder') }} as ladder
        on loyalty.customer_id = ladder.customer_id and loyalty.month_start = ladder.month_start
    group by loyalty.month_start
),

kinds as (
    select
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        month_start, segment_type, sum(revenue) as revenue
    from {{ ref('fct_segment_loyalty') }}
    group by month_start, segment_type
)

select kinds.*
from customers
full outer join kinds on customers.month_start = kinds.month_start
where
    customers.n_off > 0 or
    {%- for count in counts %}
    customers.{{ count }} is distinct from kinds.{{ count }} or
    {%- endfor %}
    abs(coalesce(customers.revenue, 0) - coalesce(kinds.revenue, 0)) > 1e-9 * greatest(1, customers.revenue)
