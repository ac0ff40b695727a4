-- Every level of every scale with its place between the ends of the scale.
with levels as (
    select * from {{ dbt_satisfaction.method_table('scale_levels') }}
),

ends as (
    select
        scale_id,
        max(level) as n_levels,
        min(value) as value_min,
        max(value) as value_max
    from levels
    group by all
)

select
    levels.scale_id,
    levels.level,
    levels.value,
    levels.is_satisfied,
    levels.level > ends.n_levels - 2 as is_top_2,
    levels.level = 1 as is_bottom,
    levels.value >= 9 as is_promoter,
    levels.value <= 6 as is_detractor,
    ends.n_levels,
    ends.value_min,
    ends.value_max,
    (levels.value - ends.value_min) / (ends.value_max - ends.value_min) as value_share,
    cast(1 + floor(4.0 * (levels.level - 1) / (ends.n_levels - 1) + 0.5) as integer) as level_of_five
from levels
inner join ends on levels.scale_id = ends.scale_id
