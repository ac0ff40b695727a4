{{ config(materialized='view') }}

with ladder as (
    select
        customer_id,
        month_start,
        customer_status,
        left_since,
        last_level,
        rhythm,
        is_evaluable,
        n_events,
        replayed_level_before,
        set_level,
        change_sum,
        replayed_level,
        is_clamped,
        held_level,
        held_change,
        ladder_level
    from {{ ref('int_loyalty_months') }}
    where has_behaviour
),

levels as (
    select
        level,
        label_zh,
        label_en
    from {{ dbt_satisfaction.method_table('ladder_levels') }}
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
    ladder.rhythm,
    case
        when ladder.customer_status = 'left' then 'left'
        when ladder.is_evaluable then 'evaluated'
        else 'not_evaluable'
    end as evaluation_status,
    ladder.last_level,
    ladder.left_since
from ladder
left join levels on ladder.ladder_level = levels.level
