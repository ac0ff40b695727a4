{{ config(materialized='view') }}

-- What each respondent answered to the questions of the path model, as item_<number in the order of their names>, in
-- the waves that can be modelled. Beside it the segments and the resample group.
{%- do ref('int_segmented_responses') %}
{%- set values = {} %}
{%- for question in dbt_satisfaction.path_questions() %}
{%- do values.update({'item_' ~ question.item_no: dbt_satisfaction.level_as('value', question, 'double')}) %}
{%- endfor %}
{%- set waves = 'survey_id in (select survey_id from ' ~ ref('int_path_items') ~ ')' %}

with respondents as (
    {{ dbt_satisfaction.respondent_means(values, where=waves) }}
)

select
    *,
    {{ dbt_satisfaction.dealt('customer_id', dbt_satisfaction.n_resample_groups()) }} as resample_group
from respondents
