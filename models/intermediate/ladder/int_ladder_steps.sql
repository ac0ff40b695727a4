-- The ladder replayed over the months in which something happens to a customer: the changes that count are summed and
-- clamped once, or the level is set. A customer who comes back after having left starts again, at the level for that.
with levels as (
    {{ dbt_satisfaction.ladder_ends() }}
),

steps as (
    select
        events.customer_id,
        events.month_start,
        months.stretch_no,
        max(events.set_level) as set_level,
        cast(sum(case when events.effect = 'moves' then events.change else 0 end) as integer) as change_sum,
        count(*) as n_events,
        row_number() over (
            partition by events.customer_id, months.stretch_no order by events.month_start
        ) as step
    from {{ ref('int_ladder_events') }} as events
    inner join {{ ref('int_month_metrics') }} as months
        on events.customer_id = months.customer_id and events.month_start = months.month_start
    where months.customer_status != 'left'
    group by events.customer_id, events.month_start, months.stretch_no
),

replayed as (
    select
        steps.customer_id,
        steps.stretch_no,
        {{ dbt_satisfaction.replay_levels(
            dbt_satisfaction.ordered_steps('coalesce(steps.set_level, 0)', 'steps.change_sum', 'steps.month_start'),
            'max(' ~ dbt_satisfaction.start_of_stretch('steps.stretch_no') ~ ')', 'max(levels.lowest)', 'max(levels.highest)'
        ) }} as path
    from steps
    cross join levels
    group by steps.customer_id, steps.stretch_no
)

select
    steps.customer_id,
    steps.month_start,
    steps.stretch_no,
    steps.set_level,
    steps.change_sum,
    steps.n_events,
    cast({{ dbt_satisfaction.element('replayed.path', 'steps.step') }} as integer) as level_before,
    cast({{ dbt_satisfaction.element('replayed.path', 'steps.step + 1') }} as integer) as level_after
from steps
inner join replayed on steps.customer_id = replayed.customer_id and steps.stretch_no = replayed.stretch_no
