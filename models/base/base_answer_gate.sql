{{ config(materialized='table') }}

-- Stops the build with a message for each question whose answers are not understood, for a status that is not, and for
-- waves that no survey_id tells apart;
-- everything made of answers waits for this model.
{%- do dbt_satisfaction.stop_for_problems(ref('py_answer_problems'), 'The answers have') %}
{%- do dbt_satisfaction.stop_for_waves_without_survey() %}
{%- for table in ['survey_answers', 'survey_wide'] %}
{%- set n_rows = '(select sum(n_rows) from ' ~ ref('base_answer_sheets') ~ " where source_table = '" ~ table ~ "')" %}
{%- do dbt_satisfaction.stop_for_unknown_codes(table, ref('base_refused_answers'), n_rows) %}
{%- endfor %}

select count(*) as answer_problems
from {{ ref('py_answer_problems') }}
