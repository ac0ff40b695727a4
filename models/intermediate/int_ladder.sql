-- The ladder replayed: from the start level, month by month, the changes that count are summed and clamped once.
-- The replayed level goes on under a judgement that holds the level; the published level is the held one as long as
-- the judgement is in force.
with levels as (
    select
        min(level) as lowest,
        max(level) as highest,
        max(case when is_start then level end) as start
    from {{ ref('method_ladder_levels') }}
),

months as (
    select * from {{ ref('int_month_metrics') }}
),

events as (
    select
        customer_id,
        month_start,
        max(set_level) as set_level,
        cast(sum(case when effect = 'moves' then change else 0 end) as integer) as change_sum,
        count(*) as n_events
    from {{ ref('int_ladder_events') }}
    group by all
),

holds as (
    select * from {{ ref('int_ladder_judgements') }}
    where level is not null and end_month is not null
),

steps as (
    select
        months.customer_id,
        months.month_start,
        months.purchase_change is not null or months.revenue_change is not null as is_evaluable,
        events.set_level,
        coalesce(events.change_sum, 0) as change_sum,
        coalesce(events.n_events, 0) as n_events,
        row_number() over (partition by months.customer_id order by months.month_start) as step
    from months
    left join events on months.customer_id = events.customer_id and months.month_start = events.month_start
),

replayed as (
    select
        steps.customer_id,
        {{ dbt_satisfaction.replay_levels(
            dbt_satisfaction.ordered_steps('coalesce(steps.set_level, 0)', 'steps.change_sum', 'steps.month_start'),
            'any_value(levels.start)', 'any_value(levels.lowest)', 'any_value(levels.highest)'
        ) }} as path
    from steps
    cross join levels
    group by all
),

placed as (
    select
        steps.customer_id,
        steps.month_start,
        steps.step,
        steps.is_evaluable,
        steps.set_level,
        steps.change_sum,
        steps.n_events,
        cast({{ dbt_satisfaction.element('replayed.path', 'steps.step') }} as integer) as replayed_level_before,
        cast({{ dbt_satisfaction.element('replayed.path', 'steps.step + 1') }} as integer) as replayed_level
    from steps
    inner join replayed on steps.customer_id = replayed.customer_id
),

-- of several judgements in force the last one holds the level
held as (
    select
        placed.customer_id,
        placed.month_start,
        cast(max_by(holds.level, holds.assessed_on) as integer) as held_level
    from placed
    inner join holds
        on placed.customer_id = holds.customer_id
        and placed.month_start >= holds.from_month
        and placed.month_start < holds.end_month
    group by all
)

select
    placed.customer_id,
    placed.month_start,
    placed.is_evaluable,
    placed.n_events,
    placed.replayed_level_before,
    placed.set_level,
    placed.change_sum,
    placed.replayed_level,
    placed.set_level is null
    and placed.replayed_level != placed.replayed_level_before + placed.change_sum as is_clamped,
    held.held_level,
    coalesce(held.held_level, placed.replayed_level) as ladder_level,
    coalesce(
        lag(coalesce(held.held_level, placed.replayed_level)) over months,
        placed.replayed_level_before
    ) as ladder_level_before
from placed
left join held on placed.customer_id = held.customer_id and placed.month_start = held.month_start
window months as (partition by placed.customer_id order by placed.month_start)
