{% macro refused_model(table) %}
    {{- return({'survey_answers': 'base_refused_answers', 'transactions': 'base_refused_transactions'}.get(table, 'base_' ~ table)) -}}
{% endmacro %}

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
