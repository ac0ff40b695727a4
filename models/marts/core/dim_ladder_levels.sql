-- The levels of the ladder with their labels, whether anybody stands there or not.
select
    cast(level as integer) as ladder_level,
    label_zh,
    label_en,
    is_start
from {{ ref('method_ladder_levels') }}
