with factors as (
    select
        factor_id,
        label_zh,
        label_en,
        servqual,
        dukas,
        barnes,
        core_support_emotion,
        need_structure,
        value_component,
        sort_order
    from {{ dbt_satisfaction.method_table('factors') }}
),

scales as (
    select
        factor_id,
        scale_id,
        value_min,
        value_max
    from {{ ref('int_factor_scales') }}
),

weights as (
    select
        factor_id,
        weight
    from {{ ref('py_satisfaction_weights') }}
    where factor_id is not null
),

dimensions as (
    select
        node_id as factor_id,
        min(parent_id) as dimension_id
    from {{ dbt_satisfaction.method_table('ahp_hierarchy') }}
    where model = 'satisfaction'
    group by node_id
)

select
    factors.factor_id,
    coalesce(factors.label_zh, factors.factor_id) as label_zh,
    coalesce(factors.label_en, factors.factor_id) as label_en,
    dimensions.dimension_id,
    weights.weight,
    scales.scale_id,
    scales.value_min as scale_min,
    scales.value_max as scale_max,
    factors.servqual,
    factors.dukas,
    factors.barnes,
    factors.core_support_emotion,
    factors.need_structure,
    factors.value_component,
    cast(factors.sort_order as integer) as sort_order
from factors
left join dimensions on factors.factor_id = dimensions.factor_id
left join weights on factors.factor_id = weights.factor_id
left join scales on factors.factor_id = scales.factor_id
