-- Answers that are refused because their words are unknown, by question and segment: they are no level of any scale, so
-- that what is left of the question may be biased by so many.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set placed = ["'total' as total"] %}
{%- for name in types[1:] %}{% do placed.append("coalesce(segments." ~ name ~ ", 'unknown') as " ~ name) %}{% endfor %}

with refused as (
    select
        survey_id,
        {{ dbt_satisfaction.clean_key('response_text') }} as response_id,
        question_id,
        count(*) as n_answers
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'unknown_answer'
    group by survey_id, response_text, question_id
),

responses as (
    select distinct
        survey_id,
        response_id,
        customer_id
    from {{ ref('stg_answer_sheets') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
),

-- of who answered nothing else no segment is known
placed as (
    select
        refused.survey_id,
        refused.question_id,
        refused.n_answers,
        {{ placed | join(', ') }}
    from refused
    left join responses
        on refused.survey_id = responses.survey_id
        and refused.response_id = responses.response_id
    left join segments
        on responses.survey_id = segments.survey_id
        and responses.customer_id = segments.customer_id
)

select
    survey_id,
    segment_type,
    segment_value,
    question_id,
    cast(sum(n_answers) as bigint) as n_not_understood
from {{ dbt_satisfaction.unpivot_columns(
    'placed', ['survey_id', 'question_id', 'n_answers'], types, 'segment_type', 'segment_value'
) }} as cells
group by survey_id, segment_type, segment_value, question_id
