-- The version of what is counted by respondents of a survey: that of its answers, after the code that counts them, so
-- that other code counts again and reads no answer again.
{%- set code = dbt_satisfaction.code_version(dbt_satisfaction.kept_by('int_respondent_versions')) if execute %}

select
    survey_id,
    concat_ws(' ', '{{ code }}', version) as version
from {{ ref('base_survey_versions') }}
