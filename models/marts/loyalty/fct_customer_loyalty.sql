with months as (
    select * from {{ ref('int_customer_months') }}
),

metrics as (
    select * from {{ ref('int_month_metrics') }}
),

indices as (
    select * from {{ ref('py_loyalty_index') }}
),

ladder as (
    select * from {{ ref('int_ladder') }}
),

classes as (
    select * from {{ ref('int_loyalty_classes') }}
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
