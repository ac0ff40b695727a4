-- Complaints may be older than all other behaviour, and their customers were in other segments then.
{%- set areas = var('areas') %}
{%- set found = [] %}
{%- if 'survey' in areas %}
{%- set answered = ref('int_respondent_segments') %}
{%- for type in ['total'] + dbt_satisfaction.segment_types() %}
{%- do found.append("select '" ~ type ~ "' as segment_type, " ~ type ~ " as segment_value from " ~ answered) %}
{%- endfor %}
{%- endif %}
{%- for area, model in [
    ('coverage', 'int_coverage_counts'), ('behaviour', 'int_behaviour_sums'), ('loyalty', 'int_month_segments'), ('service', 'int_promise_sums'),
    ('service', 'int_cause_sums'),
] %}
{%- if area in areas %}
{%- do found.append('select segment_type, segment_value from ' ~ ref(model)) %}
{%- endif %}
{%- endfor %}

with found as (
    {{ (found or ["select 'total' as segment_type, 'total' as segment_value"]) | join('\n    union all\n    ') }}
),

members as (
    select distinct
        segment_type,
        segment_value,
        case when segment_value = 'unknown' then '未知' else segment_value end as plain_zh,
        case when segment_value = 'unknown' then 'Unknown' else segment_value end as plain_en
    from found
),

-- levels and classes have their labels in their own tables
given as (
    select
        segment_type,
        segment_value,
        label_zh,
        label_en,
        sort_order,
        1 as precedence
    from {{ dbt_satisfaction.method_table('segments') }}
    union all
    select
        'ladder_level' as segment_type,
        cast(level as {{ dbt.type_string() }}) as segment_value,
        label_zh,
        label_en,
        level as sort_order,
        2 as precedence
    from {{ dbt_satisfaction.method_table('ladder_levels') }}
    union all
    select
        'loyalty_class' as segment_type,
        class_id as segment_value,
        min(label_zh) as label_zh,
        min(label_en) as label_en,
        min(rule_order) as sort_order,
        2 as precedence
    from {{ dbt_satisfaction.method_table('loyalty_classes') }}
    group by class_id
),

labels as (
    select
        segment_type,
        segment_value,
        label_zh,
        label_en,
        sort_order
    from given
    qualify row_number() over (partition by segment_type, segment_value order by precedence) = 1
),

named as (
    select
        members.segment_type,
        members.segment_value,
        coalesce(types.label_zh, members.segment_type) as type_label_zh,
        coalesce(types.label_en, members.segment_type) as type_label_en,
        coalesce(labels.label_zh, members.plain_zh) as label_zh,
        coalesce(labels.label_en, members.plain_en) as label_en,
        cast(coalesce(types.sort_order, 999) as integer) as type_order,
        cast(coalesce(labels.sort_order, 999) as integer) as value_order
    from members
    left join labels as types
        on members.segment_type = types.segment_type
        and types.segment_value is null
    left join labels
        on members.segment_type = labels.segment_type
        and members.segment_value = labels.segment_value
)

select
    segment_type,
    segment_value,
    type_label_zh,
    type_label_en,
    label_zh,
    label_en,
    type_order,
    value_order
from named
{%- for pair in dbt_satisfaction.segment_pairs() if 'survey' in areas %}
union all
select distinct
    '{{ pair.type }}' as segment_type,
    cells.{{ pair.column }} as segment_value,
    concat(of_rows.type_label_zh, ' × ', of_columns.type_label_zh) as type_label_zh,
    concat(of_rows.type_label_en, ' × ', of_columns.type_label_en) as type_label_en,
    concat(of_rows.label_zh, ' · ', of_columns.label_zh) as label_zh,
    concat(of_rows.label_en, ' · ', of_columns.label_en) as label_en,
    {{ 1000 + loop.index }} as type_order,
    1000 * of_rows.value_order + of_columns.value_order as value_order
from {{ answered }} as cells
inner join named as of_rows
    on cells.{{ pair.rows }} = of_rows.segment_value
    and of_rows.segment_type = '{{ pair.rows }}'
inner join named as of_columns
    on cells.{{ pair.columns }} = of_columns.segment_value
    and of_columns.segment_type = '{{ pair.columns }}'
{%- endfor %}
