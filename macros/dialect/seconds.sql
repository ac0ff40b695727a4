{#- Seconds between two timestamps, with their fraction. What differs between engines: the name of the function that
    counts microseconds. -#}
{% macro seconds_between(earlier, later) %}
    {{- return(adapter.dispatch('seconds_between', 'dbt_satisfaction')(earlier, later)) -}}
{% endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1e6
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1e6
{%- endmacro %}
