-- Month and segment: what the rates and means of loyalty, behaviour and growth are made of. Means come back as sums, so
-- that they can be pooled.
with loyalty as (
    select
        month_start,
        segment_type,
        segment_value,
        n_indexed_customers,
        loyalty_index * n_indexed_customers as loyalty_index_sum,
        n_on_ladder,
        mean_ladder_level * n_on_ladder as ladder_level_sum,
        n_classified,
        n_loyal,
        n_left,
        revenue
    from {{ ref('fct_segment_loyalty') }}
),

behaviour as (
    select
        month_start,
        segment_type,
        segment_value,
        n_active,
        n_purchases,
        n_eligible,
        n_repurchased,
        n_complaints,
        n_complaining,
        n_at_risk
    from {{ ref('fct_segment_behaviour') }}
),

growth as (
    select
        month_start,
        segment_type,
        segment_value,
        n_new,
        n_lost,
        case when is_complete then n_opening end as n_could_leave,
        case when is_complete then n_opening - n_lost end as n_stayed
    from {{ ref('fct_customer_growth') }}
),

cells as (
    select month_start, segment_type, segment_value from loyalty
    union distinct
    select month_start, segment_type, segment_value from behaviour
)

select
    cells.month_start,
    cells.segment_type,
    cells.segment_value,
    loyalty.n_indexed_customers,
    loyalty.loyalty_index_sum,
    loyalty.n_on_ladder,
    loyalty.ladder_level_sum,
    loyalty.n_classified,
    loyalty.n_loyal,
    loyalty.n_left,
    loyalty.revenue,
    behaviour.n_active,
    behaviour.n_purchases,
    behaviour.n_eligible,
    behaviour.n_repurchased,
    behaviour.n_complaints,
    behaviour.n_complaining,
    behaviour.n_at_risk,
    growth.n_new,
    growth.n_lost,
    growth.n_could_leave,
    growth.n_stayed
from cells
left join loyalty
    on cells.month_start = loyalty.month_start
    and cells.segment_type = loyalty.segment_type
    and cells.segment_value = loyalty.segment_value
left join behaviour
    on cells.month_start = behaviour.month_start
    and cells.segment_type = behaviour.segment_type
    and cells.segment_value = behaviour.segment_value
left join growth
    on cells.month_start = growth.month_start
    and cells.segment_type = growth.segment_type
    and cells.segment_value = growth.segment_value
