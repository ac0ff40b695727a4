-- The version of every survey: it changes with the rows of its answers and with what they are read by, and what was
-- built from another version is built anew.
with spellings as (
    select * from {{ ref('base_answer_spellings') }}
),

method as (
    select {{ dbt_satisfaction.fingerprint(['table_name', 'row_json']) }} as fingerprint
    from {{ ref('method_rows') }}
),

surveys as (
    select
        survey_id,
        {{ dbt_satisfaction.fingerprint(
            ['survey_text', 'question_text', 'answer_text', 'n_rows', 'fingerprint', 'n_future_answered_at']
        ) }} as fingerprint
    from spellings
    group by survey_id
)

select
    surveys.survey_id,
    concat_ws(
        ' ',
        surveys.fingerprint,
        method.fingerprint,
        {{ dbt_satisfaction.text_literal(tojson([
            var('extra_columns'), var('thousands_separator'), var('answers_loaded_at'),
            dbt_satisfaction.code_fingerprint() if execute else ''
        ])) }}
    ) as version
from surveys
cross join method
