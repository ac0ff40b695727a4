with points as (
    select
        month_start,
        playbook_id,
        customer_id,
        part_id,
        label_zh,
        label_en,
        metric,
        how,
        weight,
        figure,
        points
    from {{ ref('int_scorecard_points') }}
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
