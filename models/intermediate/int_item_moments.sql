-- What reliability is computed from: sums over pairs of performance questions that share a scope, and over pairs of a
-- rated question and a recommendation.
{%- do ref('int_question_scopes') %}
{%- set questions = dbt_satisfaction.questionnaire(['performance', 'overall', 'recommend']) %}
{%- set rated = questions | rejectattr('role', 'equalto', 'recommend') | map(attribute='question_id') | list %}
{%- set variables = [] %}
{%- for question in questions %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index,
    'scopes': rated if question.role == 'recommend'
        else dbt_satisfaction.question_scopes(question.question_id) + [question.question_id]}) %}
{%- endfor %}

{{ dbt_satisfaction.pair_moments(ref('int_respondent_items'), variables, group='0') }}
