select
    block_id,
    mode,
    label_zh,
    label_en,
    sort_order
from {{ dbt_satisfaction.method_table('path_blocks') }}
