select
    block_id,
    mode,
    label_zh,
    label_en,
    sort_order
from {{ ref('method_path_blocks') }}
