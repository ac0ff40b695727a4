{% macro last_known(value) %}{{ return(adapter.dispatch('last_known', 'dbt_satisfaction')(value)) }}{% endmacro %}

{% macro default__last_known(value) -%}
    last_value({{ value }} ignore nulls)
{%- endmacro %}

{#- Spark writes it as an argument. -#}
{% macro spark__last_known(value) -%}
    last_value({{ value }}, true)
{%- endmacro %}
