-- What reliability is computed from: sums over pairs of performance questions that share a scope, and over pairs of a
-- rated question and a recommendation; each 0 to 1 from the lowest to the highest level of its scale.
{%- do ref('int_question_scopes') %}
{%- do ref('int_segmented_responses') %}
{%- set questions = dbt_satisfaction.questionnaire(['performance', 'overall', 'recommend']) %}
{%- set rated = questions | rejectattr('role', 'equalto', 'recommend') | map(attribute='question_id') | list %}
{%- set values = {} %}
{%- set variables = [] %}
{%- for question in questions %}
{%- do values.update({'item_' ~ loop.index: dbt_satisfaction.level_as('value_share', question, 'double')}) %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index,
    'scopes': rated if question.role == 'recommend'
        else dbt_satisfaction.question_scopes(question.question_id) + [question.question_id]}) %}
{%- endfor %}

with respondents as (
    {{ dbt_satisfaction.respondent_means(values) | indent(4) }}
),

moments as (
    {{ dbt_satisfaction.pair_moments('respondents', variables, group='0') | indent(4) }}
)

select * from moments
