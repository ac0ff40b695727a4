-- The level of every spelling that occurs, and what it adds to an answer sheet (mark): the level as a digit at the
-- question's place (see macros/dialect/digits.sql). Questions and answers that are not known are not here.
-- A scale's own spellings go first. Then what the label of an option says ("5 - Very satisfied"): its words, or no
-- answer where all of them are words for that ("N/A – did not use") and no level or value of the scale, or else its
-- number. What was written in answer to an open question is no level: its mark says that there is something.
with spellings as (
    select distinct
        question_text,
        coalesce(answer_text, '') as answer_text,
        question_id,
        spelling
    from {{ ref('base_answer_spellings') }}
),

codes as (
    select * from {{ ref('method_answer_codes') }}
),

questions as (
    select * from {{ ref('method_questions') }}
),

missing_words as (
    select distinct replace({{ dbt_satisfaction.normal_answer('answer') }}, 'n/a', 'na') as word
    from {{ dbt_satisfaction.method_table('missing_answers') }}
    union distinct
    -- dbt's reader of seeds takes this word for nothing on some engines
    select 'null' as word
),

numbers as (
    select
        scale_id,
        cast(level as double) as number
    from {{ dbt_satisfaction.method_table('scale_levels') }}
    union distinct
    select
        scale_id,
        cast(value as double) as number
    from {{ dbt_satisfaction.method_table('scale_levels') }}
),

greatest_numbers as (
    select
        question_id,
        max(try_cast(spelling as double)) as greatest
    from codes
    group by question_id
),

lettered as (
    select
        spellings.*,
        questions.scale_id,
        greatest_numbers.greatest,
        {{ dbt_satisfaction.without_letter('spellings.spelling') }} as label
    from spellings
    inner join questions on spellings.question_id = questions.question_id
    inner join greatest_numbers on spellings.question_id = greatest_numbers.question_id
    left join codes
        on spellings.question_id = codes.question_id
        and spellings.spelling = codes.spelling
    where codes.question_id is null and questions.role != 'comment'
),

labels as (
    select
        question_text,
        answer_text,
        question_id,
        scale_id,
        spelling,
        {{ dbt_satisfaction.label_words('label') }} as words,
        {{ dbt_satisfaction.label_number('label', 'greatest') }} as number
    from lettered
),

parts as (
    select
        question_text,
        answer_text,
        spelling,
        {{ dbt_satisfaction.parts_of("replace(words, 'n/a', 'na')") }} as part
    from labels
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
        labels.question_text,
        labels.answer_text
    from labels
    inner join missing_words on replace(labels.spelling, 'n/a', 'na') = missing_words.word
),

read_as as (
    select
        question_text,
        answer_text,
        question_id,
        spelling
    from spellings
    union all
    select
        labels.question_text,
        labels.answer_text,
        labels.question_id,
        case
            when worded.question_id is not null then labels.words
            when missing.answer_text is not null and numbers.number is null then ''
            else labels.number
        end as spelling
    from labels
    left join codes as worded
        on labels.question_id = worded.question_id
        and labels.words = worded.spelling
    left join missing
        on labels.question_text = missing.question_text
        and labels.answer_text = missing.answer_text
    left join numbers
        on labels.scale_id = numbers.scale_id
        and try_cast(labels.spelling as double) = numbers.number
)

select
    read_as.question_text,
    read_as.answer_text,
    questions.sheet_no,
    case
        when questions.role = 'comment' and read_as.spelling != '' then 1
        else coalesce(cast(codes.level as bigint), {{ dbt_satisfaction.missing_digit() }})
    end * cast(power(16, questions.place) as bigint) as mark,
    codes.level
from read_as
inner join questions on read_as.question_id = questions.question_id
left join codes
    on read_as.question_id = codes.question_id
    and read_as.spelling = codes.spelling
where codes.question_id is not null or questions.role = 'comment'
group by all
