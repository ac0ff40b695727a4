{#- A number for the values of some columns: equal values, nulls among them, have equal numbers. Good for finding what may
    be repeated, never for a figure or a key. What differs between engines: the function's name. -#}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash', 'dbt_satisfaction')(columns)) }}{% endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
