{{ config(materialized='view') }}

-- The figure of every customer and part of every scorecard in the last complete month, and the points it earns.
-- Customers who have left have no score.
{%- set ranks = dbt_satisfaction.asked_metrics('scorecard_parts', 'quantile') %}
{%- set figures = dbt_satisfaction.asked_metrics('scorecard_parts', 'threshold') + dbt_satisfaction.prefixed('rank_', ranks) %}

with metrics as (
    select * from {{ ref('int_customer_metrics') }}
    where
        month_start = (select last_month from {{ ref('int_calendar') }})
        and customer_status != 'left'
),

ranked as (
    select
        month_start,
        customer_id,
        {%- for metric in ranks %}
        {{ dbt_satisfaction.percentile_rank(metric) }} as rank_{{ metric }},
        {%- endfor %}
        {{ dbt_satisfaction.customer_metrics() | join(',\n        ') }}
    from metrics
),

figures as (
    select * from {{ dbt_satisfaction.unpivot_columns(
        'ranked', ['month_start', 'customer_id'], figures or ['tenure_months'], 'name', 'figure'
    ) }} as unpivoted
),

parts as (
    select
        *,
        case how when 'quantile' then 'rank_' else '' end || metric as name
    from {{ dbt_satisfaction.method_table('scorecard_parts') }}
),

steps as (
    select
        playbook_id,
        part_id,
        points,
        coalesce(lower_bound, -1e300) as lower_bound,
        lead(lower_bound, 1, 1e300) over (
            partition by playbook_id, part_id order by lower_bound asc nulls first
        ) as upper_bound
    from {{ dbt_satisfaction.method_table('scorecard_points') }}
)

select
    figures.month_start,
    figures.customer_id,
    parts.playbook_id,
    parts.part_id,
    parts.label_zh,
    parts.label_en,
    parts.metric,
    parts.how,
    parts.weight,
    figures.figure,
    steps.points
from figures
inner join parts on figures.name = parts.name
left join steps
    on parts.playbook_id = steps.playbook_id
    and parts.part_id = steps.part_id
    and figures.figure >= steps.lower_bound
    and figures.figure < steps.upper_bound
