-- Open answers of accepted responses: of several to a question the newest, as everywhere. The normal form is what
-- keywords are looked for in.
{%- set columns = dbt_satisfaction.answer_columns() %}
{%- set rows = ['source_table', 'response_text', 'customer_text'] %}

with questions as (
    select question_id
    from {{ ref('method_questions') }}
    where role = 'comment'
),

question_texts as (
    select distinct spellings.question_text
    from {{ ref('base_answer_spellings') }} as spellings
    inner join questions on spellings.question_id = questions.question_id
),

answers as (
    select
        raw_answers.source_table,
        raw_answers.response_id as response_text,
        raw_answers.customer_id as customer_text,
        {{ dbt_satisfaction.clean_answer(columns, 'raw_answers') | indent(8) }}
    from {{ ref('base_survey_answers') }} as raw_answers
    inner join question_texts on raw_answers.question_id = question_texts.question_text
    where not raw_answers.is_refused
),

newest as (
    select
        survey_id,
        response_id,
        question_id,
        answer
    from answers
    where response_id is not null and survey_id is not null
    qualify {{ dbt_satisfaction.version_number(columns, ties=rows, beside=[]) }} = 1
),

responses as (
    select
        survey_id,
        response_id,
        customer_id,
        is_anonymous
    from {{ ref('stg_responses') }}
)

select
    responses.survey_id,
    responses.response_id,
    newest.question_id,
    responses.customer_id,
    responses.is_anonymous,
    newest.answer as comment_text,
    {{ dbt_satisfaction.comment_form('newest.answer') }} as normal_text
from newest
inner join responses
    on newest.survey_id = responses.survey_id and newest.response_id = responses.response_id
where newest.answer is not null
