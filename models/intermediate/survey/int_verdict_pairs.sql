-- What customers who gave a verdict in two waves running said in both, from which the intervals of changes come. A
-- customer counts in the segments that they were in both times; whoever sent several responses counts with every pair.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

waves as (
    select
        survey_id,
        previous_survey_id
    from {{ ref('int_waves') }}
    where previous_survey_id is not null
),

verdicts as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'customer_id'] + types,
        dbt_satisfaction.question_levels(['overall', 'recommend', 'repurchase']), ['question_id', 'level']
    ) }} as cells
    where level > 0
),

combinations as (
    select
        now.survey_id,
        now.question_id,
        now.level,
        before.level as previous_level,
        {%- for type in types %}
        case when now.{{ type }} = before.{{ type }} then now.{{ type }} end as {{ type }},
        {%- endfor %}
        count(*) as n
    from verdicts as now
    inner join waves on now.survey_id = waves.survey_id
    inner join verdicts as before
        on waves.previous_survey_id = before.survey_id
        and now.customer_id = before.customer_id
        and now.question_id = before.question_id
    group by all
)

select
    survey_id,
    segment_type,
    segment_value,
    question_id,
    level,
    previous_level,
    cast(sum(n) as bigint) as n_pairs
from {{ dbt_satisfaction.unpivot_columns(
    'combinations', ['survey_id', 'question_id', 'level', 'previous_level', 'n'], types, 'segment_type', 'segment_value'
) }} as members
where segment_value is not null
group by survey_id, segment_type, segment_value, question_id, level, previous_level
