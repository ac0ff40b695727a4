with pooled as (
    select
        month_start,
        segment_type,
        segment_value,
        n_customers,
        n_left,
        n_indexed_customers,
        index_sum / nullif(n_indexed_customers, 0) as loyalty_index,
        index_squares / nullif(n_indexed_customers, 0) as mean_square,
        n_on_ladder,
        n_evaluable,
        {%- for level in range(1, 6) %}
        n_level_{{ level }},
        {%- endfor %}
        ladder_levels / cast(nullif(n_on_ladder, 0) as double) as mean_ladder_level,
        n_moved_up,
        n_moved_down,
        n_classified,
        n_loyal,
        revenue_sum as revenue
    from {{ ref('int_month_segments') }}
),

-- rounded: customers who are all alike would differ by a hair, and by more of it on one engine than on another
spread as (
    select
        *,
        case
            when n_indexed_customers > 1
                then sqrt(
                        greatest(round(mean_square - loyalty_index * loyalty_index, 9), 0) / (n_indexed_customers - 1)
                    )
        end as standard_error
    from pooled
),

intervals as (
    select
        *,
        standard_error * {{ dbt_satisfaction.t_value('(n_indexed_customers - 1)') }} as half_width
    from spread
)

select
    month_start,
    segment_type,
    segment_value,
    n_customers,
    n_indexed_customers,
    loyalty_index,
    standard_error,
    -- greatest and least pass over null: without a standard error there is no interval
    case
        when standard_error is not null
            then greatest(loyalty_index - half_width, 0)
    end as index_low,
    case
        when standard_error is not null
            then least(loyalty_index + half_width, 100)
    end as index_high,
    n_on_ladder,
    {%- for level in range(1, 6) %}
    n_level_{{ level }},
    {%- endfor %}
    mean_ladder_level,
    n_moved_up,
    n_moved_down,
    n_classified,
    n_loyal,
    n_loyal / cast(nullif(n_classified, 0) as double) as loyal_share,
    {{ dbt_satisfaction.wilson_low('n_loyal', 'n_classified') }} as loyal_low,
    {{ dbt_satisfaction.wilson_high('n_loyal', 'n_classified') }} as loyal_high,
    revenue,
    n_indexed_customers >= {{ var('min_respondents') }} as is_reliable,
    n_left,
    n_evaluable
from intervals
