-- The figure of every customer and part of every scorecard in the last complete month, the points that it earns, and
-- the score that they add up to. Customers who have left have no score.
{%- set ranks = dbt_satisfaction.asked_metrics('scorecard_parts', 'quantile') %}
{%- set figures = dbt_satisfaction.asked_metrics('scorecard_parts', 'threshold')
    + dbt_satisfaction.prefixed('rank_', ranks) %}

with ranked as (
    select
        month_start,
        customer_id,
        {%- for metric in ranks %}
        {{ dbt_satisfaction.percentile_rank(metric) }} as rank_{{ metric }},
        {%- endfor %}
        {{ dbt_satisfaction.customer_metrics() | join(',\n        ') }}
    from {{ ref('int_customer_metrics') }}
    where
        month_start = (select last_month from {{ ref('int_calendar') }})
        and customer_status != 'left'
),

figures as (
    select
        month_start,
        customer_id,
        name,
        figure
    from {{ dbt_satisfaction.unpivot_columns(
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
),

points as (
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
),

sums as (
    select
        month_start,
        playbook_id,
        customer_id,
        cast(coalesce(sum(case when points is not null then cast(weight as decimal(20, 12)) end), 0) as double)
            as weight_coverage,
        cast(sum(cast(weight * points as decimal(20, 12))) as double) as weighted_points
    from points
    group by month_start, playbook_id, customer_id
),

-- weights are added as decimals of 12 places
scores as (
    select
        *,
        case
            when weight_coverage > 0 and weight_coverage >= {{ var('min_weight_coverage') }} - 1e-9
                then weighted_points / weight_coverage
        end as score
    from sums
)

select
    points.month_start,
    points.playbook_id,
    points.customer_id,
    points.part_id,
    coalesce(points.label_zh, points.part_id) as label_zh,
    coalesce(points.label_en, points.part_id) as label_en,
    points.metric,
    points.how,
    points.figure,
    points.points,
    points.weight,
    case when scores.score is not null then points.weight * points.points / scores.weight_coverage end as contribution,
    scores.weight_coverage
from points
inner join scores on points.customer_id = scores.customer_id and points.playbook_id = scores.playbook_id
union all
select
    month_start,
    playbook_id,
    customer_id,
    'total' as part_id,
    '总分' as label_zh,
    'Score' as label_en,
    cast(null as {{ dbt.type_string() }}) as metric,
    cast(null as {{ dbt.type_string() }}) as how,
    cast(null as double) as figure,
    score as points,
    cast(1 as double) as weight,
    cast(null as double) as contribution,
    weight_coverage
from scores
