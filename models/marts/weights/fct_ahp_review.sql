select
    model,
    expert_id,
    parent_id,
    left_id,
    right_id,
    judgement,
    exact_ratio,
    suggested_judgement,
    disagreement,
    cr,
    cr_if_changed,
    cast(rank as integer) as review_rank
from {{ ref('py_ahp') }}
where kind = 'review'
