{{ config(materialized='view') }}

-- The ladder month by month. Between the months in which something happens the level stands. The replayed level goes on
-- under judgements with expiry: as long as they are in force, the published level is the one they hold, or the replayed
-- one shifted by theirs.
{%- set month_number = '(year(months.month_start) * 12 + month(months.month_start))' %}

with levels as (
    select
        min(level) as lowest,
        max(level) as highest,
        max(case when is_start then level end) as start
    from {{ ref('method_ladder_levels') }}
),

steps as (
    select * from {{ ref('int_ladder_steps') }}
),

holds as (
    select * from {{ ref('int_ladder_holds') }}
),

-- the last level reached so far is that of the latest month: the months' numbers before it carry it forward
followed as (
    select
        months.*,
        steps.set_level,
        steps.change_sum,
        steps.n_events,
        steps.level_before,
        max({{ month_number }} * 100 + steps.level_after) over (
            partition by months.customer_id order by months.month_start
            rows between unbounded preceding and current row
        ) as last_reached
    from {{ ref('int_month_metrics') }} as months
    left join steps on months.customer_id = steps.customer_id and months.month_start = steps.month_start
),

placed as (
    select
        followed.*,
        coalesce(followed.level_before, followed.last_reached % 100, levels.start) as replayed_level_before,
        coalesce(followed.last_reached % 100, levels.start) as replayed_level,
        levels.lowest,
        levels.highest
    from followed
    cross join levels
)

select
    placed.customer_id,
    placed.month_start,
    placed.purchase_change is not null or placed.revenue_change is not null as is_evaluable,
    coalesce(placed.n_events, 0) as n_events,
    cast(placed.replayed_level_before as integer) as replayed_level_before,
    placed.set_level,
    coalesce(placed.change_sum, 0) as change_sum,
    cast(placed.replayed_level as integer) as replayed_level,
    placed.set_level is null and placed.replayed_level != placed.replayed_level_before + coalesce(placed.change_sum, 0)
        as is_clamped,
    holds.held_level,
    coalesce(holds.held_change, 0) as held_change,
    {%- for name, hold, level in [
        ('ladder_level', 'holds', 'placed.replayed_level'),
        ('ladder_level_before', 'holds_before', 'placed.replayed_level_before'),
    ] %}
    cast(case
        when {{ hold }}.held_level is not null then {{ hold }}.held_level
        when {{ hold }}.held_change != 0
            then greatest(placed.lowest, least(placed.highest, {{ level }} + {{ hold }}.held_change))
        else {{ level }}
    end as integer) as {{ name }},
    {%- endfor %}
    placed.tenure_months,
    placed.n_purchases,
    placed.amount,
    placed.revenue,
    placed.product_count,
    placed.breadth
from placed
left join holds on placed.customer_id = holds.customer_id and placed.month_start = holds.month_start
left join holds as holds_before
    on placed.customer_id = holds_before.customer_id
    and placed.month_start = {{ dbt_satisfaction.add_months('holds_before.month_start', 1) }}
