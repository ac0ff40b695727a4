-- The weights of a hierarchy's leaves sum to 1, and so do the local weights under each parent.
-- Weights that come from answers are all 0 as long as there are none.
select
    model,
    'leaves' as parent_id,
    sum(weight) as weight
from {{ ref('fct_factor_weights') }}
where is_leaf
group by model
having max(weight) != 0 and abs(sum(weight) - 1) > 1e-9

union all

select
    model,
    parent_id,
    sum(local_weight) as weight
from {{ ref('fct_ahp_local_weights') }}
group by model, parent_id
having abs(sum(local_weight) - 1) > 1e-9
