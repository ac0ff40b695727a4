{{ config(materialized='view') }}

-- The ladder month by month. Between the months in which something happens the level stands. The replayed level goes on
-- under judgements with expiry: as long as they are in force, the published level is the one they hold, or the replayed
-- one shifted by theirs. A customer who has left has no level but the last one.
{%- set own_level = "case when customer_status != 'left' then ladder_level end" %}

with levels as (
    {{ dbt_satisfaction.ladder_ends() }}
),

steps as (
    select * from {{ ref('int_ladder_steps') }}
),

holds as (
    select * from {{ ref('int_ladder_holds') }}
),

followed as (
    select
        months.*,
        {{ dbt_satisfaction.start_of_stretch('months.stretch_no') }} as start,
        levels.lowest,
        levels.highest,
        steps.set_level,
        steps.change_sum,
        steps.n_events,
        steps.level_before,
        {{ dbt_satisfaction.last_known('steps.level_after') }} over (
            partition by months.customer_id, months.stretch_no order by months.month_start
            rows between unbounded preceding and current row
        ) as last_reached
    from {{ ref('int_month_metrics') }} as months
    cross join levels
    left join steps on months.customer_id = steps.customer_id and months.month_start = steps.month_start
),

placed as (
    select
        *,
        coalesce(level_before, last_reached, start) as replayed_level_before,
        coalesce(last_reached, start) as replayed_level
    from followed
),

published as (
    select
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
        placed.*,
        holds.held_level,
        coalesce(holds.held_change, 0) as held_change
    from placed
    left join holds
        on placed.customer_id = holds.customer_id
        and placed.month_start = holds.month_start
        and placed.customer_status != 'left'
    left join holds as holds_before
        on placed.customer_id = holds_before.customer_id
        and placed.month_start = {{ dbt_satisfaction.add_months('holds_before.month_start', 1) }}
)

select
    customer_id,
    month_start,
    customer_status,
    left_since,
    rhythm,
    case rhythm
        when 'monthly' then purchase_change is not null or revenue_change is not null
        when 'irregular' then overdue_ratio is not null
        when 'new' then overdue_ratio is not null and n_repeat_customers >= {{ var('min_respondents') }}
        else false
    end as is_evaluable,
    coalesce(n_events, 0) as n_events,
    set_level,
    coalesce(change_sum, 0) as change_sum,
    customer_status != 'left' and set_level is null
    and replayed_level != replayed_level_before + coalesce(change_sum, 0) as is_clamped,
    {%- for level in ['replayed_level_before', 'replayed_level', 'ladder_level', 'ladder_level_before'] %}
    cast(case when customer_status != 'left' then {{ level }} end as integer) as {{ level }},
    {%- endfor %}
    cast(case
        when customer_status = 'left'
            then {{ dbt_satisfaction.last_known(own_level) }} over so_far
    end as integer) as last_level,
    held_level,
    held_change,
    tenure_months,
    n_purchases,
    amount,
    revenue,
    product_count,
    breadth
from published
window so_far as (
    partition by customer_id order by month_start
    rows between unbounded preceding and current row
)
