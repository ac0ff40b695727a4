-- Every month of the ladder follows from the month before: it starts where that ended (in the first month at the start
-- level, after having left at the level for that; who has left has none), adds the changes of the events that count,
-- and is clamped once or set. Judgements in force hold or shift what is published.
with levels as (
    select
        min(ladder_level) as lowest,
        max(ladder_level) as highest,
        max(case when is_start then ladder_level end) as start_level,
        max(case when is_return then ladder_level end) as return_level
    from {{ ref('dim_ladder_levels') }}
),

events as (
    select
        customer_id,
        month_start,
        count(*) as n_events,
        sum(case when effect = 'moves' then change else 0 end) as change_sum
    from {{ ref('fct_loyalty_ladder_events') }}
    where effect != 'none'
    group by customer_id, month_start
),

steps as (
    select
        ladder.*,
        lag(ladder.month_start) over (partition by ladder.customer_id order by ladder.month_start) as month_before,
        lag(ladder.replayed_level) over (partition by ladder.customer_id order by ladder.month_start) as level_before,
        lag(ladder.evaluation_status) over (partition by ladder.customer_id order by ladder.month_start)
            as status_before
    from {{ ref('fct_loyalty_ladder') }} as ladder
)

select steps.*
from steps
cross join levels
left join events on steps.customer_id = events.customer_id and steps.month_start = events.month_start
where
    steps.replayed_level_before is distinct from case
        when steps.evaluation_status = 'left' then null
        when
            steps.status_before = 'left'
            -- the service that the customer had left ended before the first month
            or (steps.month_before is null and steps.replayed_level_before = levels.return_level)
            then coalesce(levels.return_level, levels.start_level)
        else coalesce(steps.level_before, levels.start_level)
    end
    or steps.month_start != {{ dbt_satisfaction.add_months('steps.month_before', 1) }}
    or steps.replayed_level is distinct from coalesce(
        steps.set_level,
        case
            when steps.evaluation_status != 'left'
                then greatest(levels.lowest, least(levels.highest, steps.replayed_level_before + steps.change_sum))
        end
    )
    or steps.ladder_level is distinct from coalesce(
        steps.held_level,
        case
            when steps.evaluation_status != 'left'
                then greatest(levels.lowest, least(levels.highest, steps.replayed_level + steps.held_change))
        end
    )
    or steps.change_sum is distinct from coalesce(events.change_sum, 0)
    or steps.n_events is distinct from coalesce(events.n_events, 0)
