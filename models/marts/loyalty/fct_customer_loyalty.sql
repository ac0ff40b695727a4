with months as (
    select
        customer_id,
        month_start,
        tenure_months
    from {{ ref('int_customer_months') }}
),

metrics as (
    select
        customer_id,
        month_start,
        n_purchases,
        amount,
        revenue,
        product_count,
        breadth
    from {{ ref('int_month_metrics') }}
),

indices as (
    select
        month_start,
        customer_id,
        weight_coverage,
        index_score
    from {{ ref('py_loyalty_index') }}
),

ladder as (
    select
        customer_id,
        month_start,
        ladder_level
    from {{ ref('int_ladder') }}
),

classes as (
    select
        month_start,
        customer_id,
        survey_id,
        overall_level,
        repeat_probability,
        repeat_source,
        recommendation,
        repeat_band,
        recommend_band,
        class_id,
        is_loyal,
        relation_id
    from {{ ref('int_loyalty_classes') }}
)

select
    months.month_start,
    months.customer_id,
    indices.index_score as loyalty_index,
    indices.weight_coverage,
    ladder.ladder_level,
    classes.class_id as loyalty_class,
    classes.is_loyal,
    classes.relation_id as satisfaction_loyalty_relation,
    classes.survey_id,
    cast(classes.overall_level as integer) as overall_level,
    classes.repeat_probability,
    classes.repeat_source,
    classes.repeat_band,
    classes.recommendation,
    classes.recommend_band,
    cast(months.tenure_months as integer) as tenure_months,
    metrics.n_purchases,
    metrics.amount,
    metrics.revenue,
    cast(metrics.product_count as integer) as product_count,
    cast(metrics.breadth as integer) as breadth
from months
left join metrics on months.customer_id = metrics.customer_id and months.month_start = metrics.month_start
left join indices on months.customer_id = indices.customer_id and months.month_start = indices.month_start
left join ladder on months.customer_id = ladder.customer_id and months.month_start = ladder.month_start
left join classes on months.customer_id = classes.customer_id and months.month_start = classes.month_start
