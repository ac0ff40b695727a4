-- The ladder replayed over the months in which something happens to a customer: the changes that count are summed and
-- clamped once, or the level is set.
with levels as (
    select
        min(level) as lowest,
        max(level) as highest,
        max(case when is_start then level end) as start
    from {{ ref('method_ladder_levels') }}
),

steps as (
    select
        customer_id,
        month_start,
        max(set_level) as set_level,
        cast(sum(case when effect = 'moves' then change else 0 end) as integer) as change_sum,
        count(*) as n_events,
        row_number() over (partition by customer_id order by month_start) as step
    from {{ ref('int_ladder_events') }}
    group by customer_id, month_start
),

replayed as (
    select
        steps.customer_id,
        {{ dbt_satisfaction.replay_levels(
            dbt_satisfaction.ordered_steps('coalesce(steps.set_level, 0)', 'steps.change_sum', 'steps.month_start'),
            'max(levels.start)', 'max(levels.lowest)', 'max(levels.highest)'
        ) }} as path
    from steps
    cross join levels
    group by steps.customer_id
)

select
    steps.customer_id,
    steps.month_start,
    steps.set_level,
    steps.change_sum,
    steps.n_events,
    cast({{ dbt_satisfaction.element('replayed.path', 'steps.step') }} as integer) as level_before,
    cast({{ dbt_satisfaction.element('replayed.path', 'steps.step + 1') }} as integer) as level_after
from steps
inner join replayed on steps.customer_id = replayed.customer_id
