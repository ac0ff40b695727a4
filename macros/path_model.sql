{#- The questions that measure the path model, in the order of their names: a dict as of questionnaire(), with item_no. Asked
    while a model is compiled. -#}
{% macro path_questions() %}
    {%- set questions = dbt_satisfaction.questionnaire() -%}
    {%- set items = ref('method_path_items') -%}
    {%- set found = [] -%}
    {%- if execute and load_relation(items) -%}
        {%- set measured = dbt_satisfaction.remembered_rows("select question_id from " ~ items) | map(attribute=0) | list -%}
        {%- for question in questions if question.question_id in measured -%}
            {%- do found.append(dict(question, item_no=found | length + 1)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}
