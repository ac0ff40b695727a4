{#- What differs between engines: the name of the function. -#}
{% macro microseconds_between(earlier, later) %}
    {{- return(adapter.dispatch('microseconds_between', 'dbt_satisfaction')(earlier, later)) -}}
{% endmacro %}

{% macro duckdb__microseconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}

{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}

{% macro seconds_between(earlier, later) -%}
    {{ dbt_satisfaction.microseconds_between(earlier, later) }} / 1e6
{%- endmacro %}
