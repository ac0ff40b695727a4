-- What every spelling that occurs adds to an answer sheet; questions and answers that are not known are not here.
with spellings as (
    select distinct
        question_text,
        answer_text,
        question_id,
        spelling
    from {{ ref('base_answer_spellings') }}
)

select
    spellings.question_text,
    coalesce(spellings.answer_text, '') as answer_text,
    codes.sheet_no,
    codes.mark,
    codes.level
from spellings
inner join {{ ref('method_answer_codes') }} as codes
    on spellings.question_id = codes.question_id
    and spellings.spelling = codes.spelling
group by all
