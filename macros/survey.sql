{#- The cells of survey_wide as rows of survey_answers: every column that the contract does not name is a question. -#}
{% macro wide_answers() -%}
    {%- set questions = dbt_satisfaction.ignored_columns('survey_wide') if execute else [] -%}
    {%- set own = dbt_satisfaction.contract('survey_wide') | map(attribute='name') | list if execute else [] -%}
    {%- set wide = raw('survey_wide', also=questions) -%}
    {%- if not questions -%}
        {%- if execute and dbt_satisfaction.raw_fields('survey_wide') -%}
            {{ exceptions.raise_compiler_error("survey_wide: no column of it is a question. Give every question a column, named by its question_id.") }}
        {%- endif -%}
        select * from {{ raw('survey_answers') }} where 1 = 0
    {%- else -%}
        select
            {%- for column in dbt_satisfaction.contract('survey_answers') %}
            {% if column.name in ['question_id', 'answer'] or column.name in own -%}
                {{ column.name }}
            {%- else -%}
                cast(null as {{ dbt.type_string() }}) as {{ column.name }}
            {%- endif %}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ dbt_satisfaction.unpivot_columns(wide, own, questions, 'question_id', 'answer') }} as cells
    {%- endif -%}
{%- endmacro %}

{#- Level counts are columns n_level_1 … n_level_11: the 0–10 scale is the longest one that a questionnaire uses. -#}
{% macro longest_scale() %}{{ return(11) }}{% endmacro %}
