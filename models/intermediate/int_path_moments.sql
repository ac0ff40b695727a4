-- What the path model is computed from: sums over pairs of its questions.
{%- set variables = [] %}
{%- for question in dbt_satisfaction.path_questions() %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ question.item_no}) %}
{%- endfor %}

{{ dbt_satisfaction.pair_moments(ref('int_path_respondents'), variables) }}
