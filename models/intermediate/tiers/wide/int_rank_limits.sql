-- From which figure on a customer reaches a percentile rank, per month: what quantile bands and RFM scores are compared
-- with.
-- The three scores are about all who ever bought, bands about those who have not left. Counted by figure first, so that
-- windows have as many rows as there are different figures: ranks grow with figures.
-- noqa: disable=LT02
{%- set ranked = dbt_satisfaction.ranked_figures() %}
{%- set scores = dbt_satisfaction.rfm_figures() %}
{%- set metrics, behaviour = ref('int_customer_metrics'), ref('int_customer_behaviour') %}

with
{% for figure, limits in ranked.items() %}
counted_{{ loop.index }} as (
    select
        month_start,
        {{ figure }} as figure,
        count(*) as n
    from {{ metrics if figure in dbt_satisfaction.loyalty_metrics() + ['is_active'] else behaviour }}
    where {{ figure }} is not null
    {%- if figure not in scores.values() %} and customer_status != 'left'{% endif %}
    group by month_start, {{ figure }}
),

placed_{{ loop.index }} as (
    select
        month_start,
        figure,
        (sum(n) over so_far) * 2 - n as places,
        (sum(n) over whole) * 2 as all_places
    from counted_{{ loop.index }}
    window
        so_far as (
            partition by month_start order by figure rows between unbounded preceding and current row
        ),
        whole as (partition by month_start)
),

limits_{{ loop.index }} as (
    select
        {%- for limit in limits %}
        {%- set extreme = 'min' if limit.end == 'least' else 'max' %}
        {{ extreme }}(case when {{ limit.condition }} then figure end) as {{ limit.name }},
        {%- endfor %}
        month_start
    from placed_{{ loop.index }}
    group by month_start
),
{% endfor %}

months as (
    select distinct month_start
    from {{ behaviour }}
)

select
    {%- for limits in ranked.values() %}
    {%- set n = loop.index %}
    {%- for limit in limits %}
    limits_{{ n }}.{{ limit.name }},
    {%- endfor %}
    {%- endfor %}
    months.month_start
from months
{%- for figure in ranked %}
left join limits_{{ loop.index }} on months.month_start = limits_{{ loop.index }}.month_start
{%- endfor %}
