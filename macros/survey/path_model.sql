{% macro path_questions() %}
    {%- set items = dbt_satisfaction.asked_method('path_items', ['question_id'], 'question_id') | map(attribute='question_id') | list -%}
    {%- set found = [] -%}
    {%- for question in dbt_satisfaction.questionnaire() if question.question_id in items -%}
        {%- do found.append(question) -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}
