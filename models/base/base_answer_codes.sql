-- What every spelling that occurs adds to an answer sheet; questions and answers that are not known are not here.
-- A scale's own spellings go first. What none of them is, is no answer where all that it says are words for that
-- ("N/A – did not use"), or a code for it that is none of the scale's levels and values.
with spellings as (
    select distinct
        question_text,
        coalesce(answer_text, '') as answer_text,
        question_id,
        spelling,
        replace(replace(spelling, 'n/a', 'na'), '’', '''') as plain
    from {{ ref('base_answer_spellings') }}
),

codes as (
    select * from {{ ref('method_answer_codes') }}
),

questions as (
    select
        question_id,
        scale_id
    from {{ ref('method_questions') }}
),

levels as (
    select
        scale_id,
        cast(level as double) as level_number,
        cast(value as double) as level_value
    from {{ ref('method_scale_levels') }}
),

missing_words as (
    select distinct replace({{ dbt_satisfaction.normal_answer('answer') }}, 'n/a', 'na') as word
    from {{ ref('method_missing_answers') }}
    union distinct
    -- dbt's reader of seeds takes this word for nothing on some engines
    select 'null' as word
),

others as (
    select
        spellings.question_text,
        spellings.answer_text,
        spellings.question_id,
        spellings.plain,
        questions.scale_id
    from spellings
    inner join questions on spellings.question_id = questions.question_id
    left join codes
        on spellings.question_id = codes.question_id
        and spellings.spelling = codes.spelling
    where codes.question_id is null
),

parts as (
    select
        question_text,
        answer_text,
        {{ dbt_satisfaction.parts_of('plain') }} as part
    from others
),

missing as (
    select
        parts.question_text,
        parts.answer_text
    from parts
    left join missing_words on parts.part = missing_words.word
    where parts.part != ''
    group by parts.question_text, parts.answer_text
    having count(*) = count(missing_words.word)
    union distinct
    select
        others.question_text,
        others.answer_text
    from others
    inner join missing_words on others.plain = missing_words.word
),

numbers as (
    select distinct
        others.question_text,
        others.answer_text
    from others
    inner join levels
        on others.scale_id = levels.scale_id
        and try_cast(others.plain as double) in (levels.level_number, levels.level_value)
)

select
    spellings.question_text,
    spellings.answer_text,
    codes.sheet_no,
    codes.mark,
    codes.level
from spellings
left join missing
    on spellings.question_text = missing.question_text
    and spellings.answer_text = missing.answer_text
left join numbers
    on spellings.question_text = numbers.question_text
    and spellings.answer_text = numbers.answer_text
inner join codes
    on spellings.question_id = codes.question_id
    and case
        when missing.answer_text is not null and numbers.answer_text is null then ''
        else spellings.spelling
    end = codes.spelling
group by all
