-- The words with which each question was answered in each wave: those that have a level or mean no answer, and those
-- that are refused because the scale of the question does not know them, with the people who gave them. It is what
-- base_answer_gate judges.
with spellings as (
    select
        survey_id,
        question_id,
        question_text,
        coalesce(answer_text, '') as answer_text,
        spelling,
        n_rows
    from {{ ref('base_answer_spellings') }}
    where survey_id != '' and spelling != ''
),

codes as (
    select * from {{ ref('base_answer_codes') }}
),

understood as (
    select
        spellings.survey_id,
        spellings.question_id,
        spellings.spelling,
        max(coalesce(codes.level, 0)) as level,
        cast(sum(spellings.n_rows) as bigint) as n_answers
    from spellings
    inner join codes
        on spellings.question_text = codes.question_text
        and spellings.answer_text = codes.answer_text
    group by spellings.survey_id, spellings.question_id, spellings.spelling
),

refused as (
    select
        survey_id,
        question_id,
        {{ dbt_satisfaction.normal_answer('reject_value') }} as spelling,
        coalesce(customer_text, response_text) as person
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'unknown_answer'
)

select
    survey_id,
    question_id,
    spelling,
    level,
    n_answers,
    cast(null as bigint) as n_people
from understood
union all
select
    survey_id,
    question_id,
    spelling,
    cast(null as integer) as level,
    count(*) as n_answers,
    count(distinct person) as n_people
from refused
group by survey_id, question_id, spelling
