{#- The model that holds the refused rows of a raw table: the table's own, unless its accepted rows are kept elsewhere. -#}
{% macro refused_model(table) %}
    {{- return({'survey_answers': 'base_refused_answers', 'transactions': 'base_refused_transactions'}.get(table, 'base_' ~ table)) -}}
{% endmacro %}

{#- The accepted rows of a base model, contract columns only. -#}
{% macro accepted_rows(table) -%}
{%- do dbt_satisfaction.stop_for_unknown_codes(table, ref(dbt_satisfaction.refused_model(table)), '(select count(*) from ' ~ ref('base_' ~ table) ~ ')') -%}
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
