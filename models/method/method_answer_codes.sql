{{ config(materialized='table') }}

-- What every answer, in its normal form, adds to an answer sheet: the level as a digit at the question's place. '' is
-- no answer.
with questions as (
    select * from {{ ref('method_questions') }}
),

spellings as (
    select distinct scale_id, level, {{ dbt_satisfaction.normal_answer('answer') }} as spelling
    from {{ ref('method_scale_answers') }}
),

codes as (
    select
        questions.question_id,
        questions.sheet_no,
        questions.place,
        spellings.spelling,
        spellings.level
    from questions
    inner join spellings on questions.scale_id = spellings.scale_id
    union all
    select
        question_id,
        sheet_no,
        place,
        '' as spelling,
        cast(null as integer) as level
    from questions
)

select
    question_id,
    spelling,
    sheet_no,
    cast(level as integer) as level,
    coalesce(cast(level as bigint), {{ dbt_satisfaction.missing_digit() }})
    * cast(power(16, place) as bigint) as mark
from codes
