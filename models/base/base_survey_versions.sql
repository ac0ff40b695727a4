-- The version of every survey: it changes with the rows of its answers, with the method, and with the code that reads
-- them, which it begins with; what was built from another version is rebuilt.
{%- set code = dbt_satisfaction.code_version(dbt_satisfaction.kept_by('base_survey_versions')) if execute %}

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
    concat_ws(' ', '{{ code }}', surveys.fingerprint, method.fingerprint) as version
from surveys
cross join method
