{#- The accepted rows of a base model, contract columns only. refused: where its refused rows lie, if not there too. -#}
{% macro accepted_rows(table, refused=none) -%}
{%- set refused = refused or ref('base_' ~ table) -%}
{%- do dbt_satisfaction.stop_for_unknown_codes(table, refused, '(select count(*) from ' ~ ref('base_' ~ table) ~ ')') -%}
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
