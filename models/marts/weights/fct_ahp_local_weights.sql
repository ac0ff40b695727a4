select
    model,
    parent_id,
    node_id,
    local_weight
from {{ ref('py_ahp') }}
where kind = 'local'
