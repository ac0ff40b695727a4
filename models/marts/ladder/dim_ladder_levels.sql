-- The levels of the ladder with their labels, whether anybody stands there or not.
select
    cast(level as integer) as ladder_level,
    label_zh,
    label_en,
    is_start,
    coalesce(is_return, false) as is_return
from {{ dbt_satisfaction.method_table('ladder_levels') }}
