-- No index is below the floor of its scales or above 100, and every interval holds the figure it belongs to.
{%- set areas = var('areas') %}
{%- set intervals = [] %}
{%- for area, mart, figure, low, high in [
    ('survey', 'fct_segment_satisfaction', 'satisfaction_index', 'index_low', 'index_high'),
    ('survey', 'fct_segment_satisfaction', 'index_change', 'change_low', 'change_high'),
    ('taxonomies', 'fct_taxonomy_satisfaction', 'class_score', 'score_low', 'score_high'),
    ('loyalty', 'fct_segment_loyalty', 'loyalty_index', 'index_low', 'index_high'),
] if area in areas %}
{%- do intervals.append((mart, figure, low, high)) %}
{%- endfor %}

with indices as (
    {%- if 'survey' in areas %}
    select 'customer' as what, satisfaction_index, satisfaction_index_0_100
    from {{ ref('fct_customer_satisfaction') }}
    union all
    select 'segment' as what, satisfaction_index, satisfaction_index_0_100
    from {{ ref('fct_segment_satisfaction') }}
    {{ "union all" if 'loyalty' in areas }}
    {%- endif %}
    {%- if 'loyalty' in areas %}
    select 'loyalty' as what, cast(null as double) as satisfaction_index, loyalty_index as satisfaction_index_0_100
    from {{ ref('fct_customer_loyalty') }}
    {%- endif %}
),

floors as (
    {%- if 'survey' in areas %}
    select min(100 * scale_min / scale_max) as index_floor
    from {{ ref('dim_factors') }}
    where weight is not null
    {%- else %}
    select 0 as index_floor
    {%- endif %}
)

select indices.what, indices.satisfaction_index as figure
from indices
cross join floors
where
    not indices.satisfaction_index between floors.index_floor - 1e-9 and 100 + 1e-9
    or not indices.satisfaction_index_0_100 between -1e-9 and 100 + 1e-9
{% for mart, figure, low, high in intervals %}
union all
select '{{ mart }}' as what, {{ figure }} as figure
from {{ ref(mart) }}
where not {{ figure }} between {{ low }} - 1e-9 and {{ high }} + 1e-9
{%- endfor %}
