-- Every question with its place on the answer sheets (see macros/dialect/digits.sql).
{%- set n = dbt_satisfaction.questions_per_sheet() %}

with questions as (
    select * from {{ dbt_satisfaction.method_table('questions') }} as questions
),

numbered as (
    select
        *,
        row_number() over (order by question_id) - 1 as position
    from questions
)

select
    question_id,
    factor_id,
    scale_id,
    role,
    text_zh,
    text_en,
    is_reversed,
    first_level,
    cast(floor(position / {{ n }}) + 1 as integer) as sheet_no,
    cast(position % {{ n }} as integer) as place
from numbered
