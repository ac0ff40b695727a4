with ladder as (
    select * from {{ ref('int_ladder') }}
),

levels as (
    select * from {{ ref('method_ladder_levels') }}
)

select
    ladder.month_start,
    ladder.customer_id,
    ladder.ladder_level,
    levels.label_zh,
    levels.label_en,
    ladder.replayed_level_before,
    ladder.set_level,
    ladder.change_sum,
    ladder.replayed_level,
    ladder.is_clamped,
    ladder.held_level,
    ladder.held_change,
    cast(ladder.n_events as integer) as n_events,
    case when ladder.is_evaluable then 'evaluated' else 'not_evaluable' end as evaluation_status
from ladder
left join levels on ladder.ladder_level = levels.level
