-- The words with which each question was answered in each wave: those that have a level or mean no answer, and those
-- that are refused because the scale of the question does not know them, with the people who gave them; of a label
-- ("5 - Very satisfied") its words. What previews and other responses that do not count answered is not among them, nor
-- what was written in answer to open questions. It is what py_answer_gate judges.
with spellings as (
    select
        survey_id,
        question_id,
        question_text,
        coalesce(answer_text, '') as answer_text,
        spelling,
        n_rows - n_uncounted as n_counted
    from {{ ref('base_answer_spellings') }}
    where
        survey_id != '' and spelling != '' and n_rows > n_uncounted
        and question_id not in (select question_id from {{ ref('method_questions') }} where role = 'comment')
),

codes as (
    select * from {{ ref('base_answer_codes') }}
),

own as (
    select * from {{ ref('method_answer_codes') }}
),

understood as (
    select
        spellings.survey_id,
        spellings.question_id,
        case
            when own.spelling is null then {{ dbt_satisfaction.words_of_answer('spellings.spelling') }}
            else own.spelling
        end as spelling,
        codes.level,
        spellings.n_counted
    from spellings
    inner join codes
        on spellings.question_text = codes.question_text
        and spellings.answer_text = codes.answer_text
    left join own
        on spellings.question_id = own.question_id
        and spellings.spelling = own.spelling
),

refused as (
    select
        survey_id,
        question_id,
        {{ dbt_satisfaction.words_of_answer(dbt_satisfaction.normal_answer('reject_value')) }} as spelling,
        coalesce(customer_text, response_text) as person
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'unknown_answer'
)

select
    survey_id,
    question_id,
    spelling,
    max(coalesce(level, 0)) as level,
    cast(sum(n_counted) as bigint) as n_answers,
    cast(null as bigint) as n_people
from understood
group by survey_id, question_id, spelling
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
