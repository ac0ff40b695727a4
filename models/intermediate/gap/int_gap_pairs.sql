-- What the gaps of those who have one in a wave and in the one before (int_gap_waves) add up to, by segment and item:
-- from it come the intervals of changes. A customer counts in the segments that they were in both times.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with gaps as (
    {{ dbt_satisfaction.respondent_gaps(types) | indent(4) }}
),

waves as (
    select
        survey_id,
        item_type,
        item_id,
        previous_survey_id
    from {{ ref('int_gap_waves') }}
    where previous_survey_id is not null
),

combinations as (
    select
        now.survey_id,
        now.item_type,
        now.item_id,
        {%- for type in types %}
        case when now.{{ type }} = before.{{ type }} then now.{{ type }} end as {{ type }},
        {%- endfor %}
        sum(cast(now.gap as decimal(38, 12))) as now_sum,
        sum(cast(before.gap as decimal(38, 12))) as before_sum,
        sum(cast(now.gap * before.gap as decimal(38, 12))) as products,
        count(*) as n
    from gaps as now
    inner join waves
        on now.survey_id = waves.survey_id and now.item_type = waves.item_type and now.item_id = waves.item_id
    inner join gaps as before
        on waves.previous_survey_id = before.survey_id
        and now.customer_id = before.customer_id
        and now.item_type = before.item_type
        and now.item_id = before.item_id
    group by all
)

select
    survey_id,
    segment_type,
    segment_value,
    item_type,
    item_id,
    cast(sum(now_sum) as double) as now_sum,
    cast(sum(before_sum) as double) as before_sum,
    cast(sum(products) as double) as products,
    cast(sum(n) as bigint) as n_pairs
from {{ dbt_satisfaction.unpivot_columns(
    'combinations', ['survey_id', 'item_type', 'item_id', 'now_sum', 'before_sum', 'products', 'n'], types,
    'segment_type', 'segment_value'
) }} as members
where segment_value is not null
group by survey_id, segment_type, segment_value, item_type, item_id
