-- What reliability is computed from: sums over pairs of performance questions that share a scope.
{%- do ref('int_question_scopes') %}
{%- set variables = [] %}
{%- for question in dbt_satisfaction.questionnaire(['performance']) %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index,
    'scopes': dbt_satisfaction.question_scopes(question.question_id)}) %}
{%- endfor %}

{{ dbt_satisfaction.pair_moments(ref('int_respondent_items'), variables, group='0') }}
