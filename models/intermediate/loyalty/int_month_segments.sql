-- Sums over the customers of each segment in each month, as of the month's last day. Customers are pooled by
-- combination of attributes first, the combinations by segment after: a customer is counted once and not once per
-- segment type.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set figures = ['customer_status', 'is_evaluable', 'profile_id',
    'ladder_level', 'ladder_level_before', 'is_loyal', 'revenue'] %}
{%- set levels = ['n_level_1', 'n_level_2', 'n_level_3', 'n_level_4', 'n_level_5'] %}
{%- set counts = ['n_customers', 'n_left', 'n_indexed_customers', 'n_on_ladder', 'n_evaluable'] + levels
    + ['ladder_levels', 'n_moved_up', 'n_moved_down', 'n_classified', 'n_loyal'] %}
{%- set sums = ['index_sum', 'index_squares', 'revenue_sum'] %}
{%- set kept = ['month_start'] + counts + sums %}

with months as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_loyalty_months') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', ['month_start'] + figures, types) }}
),

indices as (
    select
        profile_id,
        cast(index_score as decimal(38, 12)) as loyalty_index,
        cast(index_score * index_score as decimal(38, 12)) as index_square
    from {{ ref('py_loyalty_index') }}
),

combinations as (
    select
        attributes.month_start,
        {{ dbt_satisfaction.prefixed('attributes.', types) | join(', ') }},
        count(*) filter (where attributes.customer_status != 'left') as n_customers,
        count(*) filter (where attributes.customer_status = 'left') as n_left,
        count(indices.loyalty_index) as n_indexed_customers,
        sum(indices.loyalty_index) as index_sum,
        sum(indices.index_square) as index_squares,
        count(attributes.ladder_level) as n_on_ladder,
        count(*) filter (where attributes.ladder_level is not null and attributes.is_evaluable) as n_evaluable,
        {%- for level in levels %}
        count(*) filter (where attributes.ladder_level = {{ loop.index }}) as {{ level }},
        {%- endfor %}
        sum(attributes.ladder_level) as ladder_levels,
        count(*) filter (where attributes.ladder_level > attributes.ladder_level_before) as n_moved_up,
        count(*) filter (where attributes.ladder_level < attributes.ladder_level_before) as n_moved_down,
        count(attributes.is_loyal) as n_classified,
        count(*) filter (where attributes.is_loyal) as n_loyal,
        sum(cast(attributes.revenue as decimal(38, 4))) as revenue_sum
    from attributes
    left join indices on attributes.profile_id = indices.profile_id
    group by attributes.month_start, {{ dbt_satisfaction.prefixed('attributes.', types) | join(', ') }}
),

segments as (
    {{ dbt_satisfaction.segment_columns('combinations', kept, types) }}
)

select
    {%- for count in counts %}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {%- endfor %}
    {%- for name in sums %}
    cast(sum({{ name }}) as double) as {{ name }},
    {%- endfor %}
    month_start,
    segment_type,
    segment_value
from {{ dbt_satisfaction.unpivot_columns('segments', kept, types, 'segment_type', 'segment_value') }} as members
group by month_start, segment_type, segment_value
