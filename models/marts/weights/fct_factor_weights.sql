with weights as (
    {%- for area in ['survey', 'loyalty'] if area in var('areas') %}
    select
        model,
        node_id,
        weight,
        weight_source,
        weight_source_asked
    from {{ ref('py_satisfaction_weights' if area == 'survey' else 'py_loyalty_weights') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

nodes as (
    select
        model,
        node_id,
        min(parent_id) as parent_id,
        count(distinct parent_id) as n_parents,
        max(label_zh) as label_zh,
        max(label_en) as label_en,
        min(sort_order) as sort_order
    from {{ dbt_satisfaction.method_table('ahp_hierarchy') }}
    group by all
),

parents as (
    select distinct model, parent_id
    from {{ dbt_satisfaction.method_table('ahp_hierarchy') }}
),

experts as (
    select
        model,
        node_id,
        weight,
        expert_weight_min,
        expert_weight_max,
        expert_weight_sd,
        n_experts
    from {{ ref('py_ahp') }}
    where kind = 'global'
)

select
    weights.model,
    weights.node_id,
    case when nodes.n_parents = 1 then nodes.parent_id end as parent_id,
    coalesce(nodes.label_zh, weights.node_id) as label_zh,
    coalesce(nodes.label_en, weights.node_id) as label_en,
    parents.parent_id is null as is_leaf,
    weights.weight_source,
    weights.weight_source_asked,
    weights.weight,
    experts.weight as ahp_weight,
    experts.expert_weight_min,
    experts.expert_weight_max,
    experts.expert_weight_sd,
    cast(experts.n_experts as integer) as n_experts,
    cast(nodes.sort_order as integer) as sort_order
from weights
left join nodes on weights.model = nodes.model and weights.node_id = nodes.node_id
left join parents on weights.model = parents.model and weights.node_id = parents.parent_id
left join experts on weights.model = experts.model and weights.node_id = experts.node_id
