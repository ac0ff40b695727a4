with members as (
    select
        month_start,
        customer_id,
        segment_type,
        segment_value
    from {{ ref('int_month_segments') }}
),

customers as (
    select
        loyalty.month_start,
        loyalty.customer_id,
        loyalty.loyalty_index,
        loyalty.ladder_level,
        loyalty.is_loyal,
        loyalty.revenue,
        ladder.ladder_level - ladder.ladder_level_before as moved
    from {{ ref('fct_customer_loyalty') }} as loyalty
    left join {{ ref('int_ladder') }} as ladder
        on loyalty.customer_id = ladder.customer_id
        and loyalty.month_start = ladder.month_start
),

pooled as (
    select
        members.month_start,
        members.segment_type,
        members.segment_value,
        count(*) as n_customers,
        count(customers.loyalty_index) as n_indexed_customers,
        {{ dbt_satisfaction.exact_mean('customers.loyalty_index') }} as loyalty_index,
        {{ dbt_satisfaction.exact_mean('customers.loyalty_index * customers.loyalty_index') }} as mean_square,
        count(customers.ladder_level) as n_on_ladder,
        {%- for level in range(1, 6) %}
        count(*) filter (where customers.ladder_level = {{ level }}) as n_level_{{ level }},
        {%- endfor %}
        cast(sum(customers.ladder_level) as double) / nullif(count(customers.ladder_level), 0) as mean_ladder_level,
        count(*) filter (where customers.moved > 0) as n_moved_up,
        count(*) filter (where customers.moved < 0) as n_moved_down,
        count(customers.is_loyal) as n_classified,
        count(*) filter (where customers.is_loyal) as n_loyal,
        cast(sum(cast(customers.revenue as decimal(38, 4))) as double) as revenue
    from members
    inner join customers
        on members.customer_id = customers.customer_id
        and members.month_start = customers.month_start
    group by all
),

spread as (
    select
        *,
        case
            when n_indexed_customers > 1
                then sqrt(greatest(mean_square - loyalty_index * loyalty_index, 0) / (n_indexed_customers - 1))
        end as standard_error
    from pooled
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
            then greatest(loyalty_index - {{ dbt_satisfaction.z_value() }} * standard_error, 0)
    end as index_low,
    case
        when standard_error is not null
            then least(loyalty_index + {{ dbt_satisfaction.z_value() }} * standard_error, 100)
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
    revenue,
    n_indexed_customers >= {{ var('min_respondents') }} as is_reliable
from spread
