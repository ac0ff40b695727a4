-- What the path model is computed from: sums over pairs of its questions, over the respondents of the waves that can be
-- modelled, each times its weight; of a customer who sent several responses the mean answer.
-- noqa: disable=LT02
{%- do ref('int_segmented_responses') %}
{%- set values = {} %}
{%- set variables = [] %}
{%- for question in dbt_satisfaction.path_questions() %}
{%- do values.update({'item_' ~ loop.index: dbt_satisfaction.level_as('value', question, 'double')}) %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index}) %}
{%- endfor %}
{%- set group = dbt_satisfaction.resample_group('respondents.customer_id', dbt_satisfaction.n_resample_groups()) %}
{%- set waves = 'survey_id in (select survey_id from ' ~ ref('int_path_items') ~ ')' %}

with respondents as (
    {{ dbt_satisfaction.respondent_means(values, where=waves) | indent(4) }}
),

grouped as (
    select
        respondents.*,
        {{ 'weights.weight' if dbt_satisfaction.is_weighted() else '1e0' }} as weight,
        {{ group }} as resample_group
    from respondents
    {%- if dbt_satisfaction.is_weighted() %}
    inner join {{ ref('int_weights') }} as weights
        on respondents.survey_id = weights.survey_id and respondents.customer_id = weights.customer_id
    {%- endif %}
),

moments as (
    {{ dbt_satisfaction.pair_moments('grouped', variables, weight=dbt_satisfaction.weight_column()) | indent(4) }}
)

select * from moments
