{{ config(materialized='view') }}

-- The answers of each respondent of a wave to every rated question, 0 to 1 from the lowest to the highest level of its
-- scale, as item_<number>.
{%- do ref('int_segmented_responses') %}
{%- set values = {} %}
{%- for question in dbt_satisfaction.questionnaire(['performance', 'overall', 'recommend']) %}
{%- do values.update({'item_' ~ loop.index: dbt_satisfaction.level_as('value_share', question, 'double')}) %}
{%- endfor %}

{{ dbt_satisfaction.respondent_means(values) }}
