{{ config(materialized='table') }}

-- The level of every answer, in its normal form, to every question; '' is no answer. The levels of a reversed question
-- are turned round here, and where a question counts from another number (first_level), the numbers of its scale are
-- moved.
with questions as (
    select * from {{ dbt_satisfaction.method_table('questions') }} as questions
),

spellings as (
    select distinct scale_id, level, {{ dbt_satisfaction.normal_answer('answer') }} as spelling
    from {{ dbt_satisfaction.method_table('scale_answers') }}
),

levels as (
    select
        scale_id,
        level,
        cast(value - min(value) over (partition by scale_id) as integer) as steps,
        max(level) over (partition by scale_id) as n_levels
    from {{ dbt_satisfaction.method_table('scale_levels') }}
),

lengths as (
    select distinct scale_id, n_levels
    from levels
),

as_spelt as (
    select
        questions.question_id,
        questions.scale_id,
        spellings.spelling,
        spellings.level
    from questions
    inner join spellings on questions.scale_id = spellings.scale_id
    where questions.first_level is null or not {{ dbt_satisfaction.has_digit('spellings.spelling') }}
    union all
    select
        questions.question_id,
        questions.scale_id,
        cast(questions.first_level + levels.steps as {{ dbt.type_string() }}) as spelling,
        levels.level
    from questions
    inner join levels on questions.scale_id = levels.scale_id
    where questions.first_level is not null
),

codes as (
    select
        questions.question_id,
        as_spelt.spelling,
        case
            when coalesce(questions.is_reversed, false) then lengths.n_levels + 1 - as_spelt.level
            else as_spelt.level
        end as level
    from questions
    inner join as_spelt on questions.question_id = as_spelt.question_id
    left join lengths on questions.scale_id = lengths.scale_id
    union all
    select
        question_id,
        '' as spelling,
        cast(null as integer) as level
    from questions
)

select
    question_id,
    spelling,
    cast(level as integer) as level
from codes
