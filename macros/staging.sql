{#- The accepted rows of a base model, contract columns only. -#}
{% macro accepted_rows(table) -%}
select
    {%- if execute %}
    {%- for column in dbt_satisfaction.contract(table) %}
    {{ column.name }}{{ "," if not loop.last }}
    {%- endfor %}
    {%- else %} *
    {%- endif %}
from {{ ref('base_' ~ table) }}
where reject_reason is null
{%- endmacro %}
