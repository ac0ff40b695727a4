-- What the path model is computed from: sums over pairs of its questions, over the respondents of the waves that can be
-- modelled; of a customer who sent several responses the mean answer.
{%- do ref('int_segmented_responses') %}
{%- set values = {} %}
{%- set variables = [] %}
{%- for question in dbt_satisfaction.path_questions() %}
{%- do values.update({'item_' ~ loop.index: dbt_satisfaction.level_as('value', question, 'double')}) %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index}) %}
{%- endfor %}
{%- set waves = 'survey_id in (select survey_id from ' ~ ref('int_path_items') ~ ')' %}

with respondents as (
    {{ dbt_satisfaction.respondent_means(values, where=waves) | indent(4) }}
),

grouped as (
    select
        *,
        {{ dbt_satisfaction.resample_group('customer_id', dbt_satisfaction.n_resample_groups()) }} as resample_group
    from respondents
),

moments as (
    {{ dbt_satisfaction.pair_moments('grouped', variables) | indent(4) }}
)

select * from moments
