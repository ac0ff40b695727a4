-- Answers that are refused because their words are unknown, by question and segment: they are no level of any scale, so
-- that what is left of the question may be biased by so many. Who gave them need not have given any other.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set kept = ['survey_id', 'question_id', 'n_answers'] %}

with refused as (
    select
        survey_id,
        question_id,
        {{ dbt_satisfaction.clean_key('customer_text') }} as customer_id,
        count(*) as n_answers
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'unknown_answer'
    group by survey_id, question_id, customer_text
),

dated as (
    select
        refused.*,
        waves.wave_date as on_date
    from refused
    inner join {{ ref('int_waves') }} as waves on refused.survey_id = waves.survey_id
),

attributes as (
    {{ dbt_satisfaction.attributes_at('dated', kept, types) }}
),

placed as (
    {{ dbt_satisfaction.segment_columns('attributes', kept, types) }}
)

select
    survey_id,
    {{ dbt_satisfaction.type_of_column('segment_type') }} as segment_type,
    segment_value,
    question_id,
    cast(sum(n_answers) as bigint) as n_not_understood
from {{ dbt_satisfaction.unpivot_columns(
    dbt_satisfaction.with_pairs('placed'), kept, dbt_satisfaction.respondent_types(), 'segment_type', 'segment_value'
) }} as cells
group by survey_id, segment_type, segment_value, question_id
