-- How often each segment of a wave gave each level to each question. Responses are pooled by combination of segment
-- values first, the combinations by segment after: a response is counted once and not once per segment type.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set counts = dbt_satisfaction.prefixed('n_level_', range(1, dbt_satisfaction.longest_scale() + 1))
    + ['n_missing'] %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

answers as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'customer_id', 'is_repeated'] + types, dbt_satisfaction.question_levels(),
        ['question_id', 'level']
    ) }} as cells
    where level is not null
),

combinations as (
    select
        survey_id,
        {{ types | join(', ') }},
        question_id,
        {%- for level in range(1, dbt_satisfaction.longest_scale() + 1) %}
        count(*) filter (where level = {{ level }}) as n_level_{{ level }},
        {%- endfor %}
        count(*) filter (where level = 0) as n_missing,
        -- nearly all respondents sent one response: only the others need to be told apart
        count(*) filter (where level > 0 and not is_repeated) as n_single,
        count(distinct case when level > 0 and is_repeated then customer_id end) as n_others
    from answers
    group by survey_id, {{ types | join(', ') }}, question_id
)

select
    {%- for name in counts %}
    cast(sum({{ name }}) as bigint) as {{ name }},
    {%- endfor %}
    cast(sum(n_single) + sum(n_others) as bigint) as n_respondents,
    survey_id,
    segment_type,
    segment_value,
    question_id
from {{ dbt_satisfaction.unpivot_columns(
    'combinations', ['survey_id', 'question_id', 'n_single', 'n_others'] + counts, types, 'segment_type', 'segment_value'
) }} as members
group by survey_id, segment_type, segment_value, question_id
