{#- The questions that measure the path model, in the order of their names: a dict as of questionnaire(), with item_no. Asked
    while a model is compiled. -#}
{% macro path_questions() %}
    {%- set items = dbt_satisfaction.asked_method('path_items', ['question_id'], 'question_id') | map(attribute='question_id') | list -%}
    {%- set found = [] -%}
    {%- for question in dbt_satisfaction.questionnaire() if question.question_id in items -%}
        {%- do found.append(dict(question, item_no=found | length + 1)) -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}
