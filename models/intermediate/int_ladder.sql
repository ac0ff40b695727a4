-- The ladder replayed: from the start level, month by month, the changes that count are summed and clamped once.
-- The replayed level goes on under judgements with expiry: as long as they are in force, the published level is the one
-- they hold, or the replayed one shifted by theirs.
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

judgements as (
    select * from {{ ref('int_ladder_judgements') }}
    where end_month is not null
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

-- of several levels in force the last one is held; shifts in force add up
held as (
    select
        placed.customer_id,
        placed.month_start,
        cast(max_by(
            judgements.level, case when judgements.level is not null then judgements.assessed_on end
        ) as integer) as held_level,
        cast(sum(judgements.change) as integer) as held_change
    from placed
    inner join judgements
        on placed.customer_id = judgements.customer_id
        and placed.month_start >= judgements.from_month
        and placed.month_start < judgements.end_month
    group by all
),

published as (
    select
        placed.*,
        held.held_level,
        coalesce(held.held_change, 0) as held_change,
        case
            when held.held_level is not null then held.held_level
            when held.held_change != 0
                then greatest(levels.lowest, least(levels.highest, placed.replayed_level + held.held_change))
            else placed.replayed_level
        end as ladder_level
    from placed
    cross join levels
    left join held on placed.customer_id = held.customer_id and placed.month_start = held.month_start
)

select
    customer_id,
    month_start,
    is_evaluable,
    n_events,
    replayed_level_before,
    set_level,
    change_sum,
    replayed_level,
    set_level is null and replayed_level != replayed_level_before + change_sum as is_clamped,
    held_level,
    held_change,
    cast(ladder_level as integer) as ladder_level,
    cast(coalesce(lag(ladder_level) over months, replayed_level_before) as integer) as ladder_level_before
from published
window months as (partition by customer_id order by month_start)
