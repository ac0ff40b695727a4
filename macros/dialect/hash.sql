{#- It is good for finding what may be repeated, never for a figure or a key. What differs between engines: the
    function's name. -#}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash', 'dbt_satisfaction')(columns)) }}{% endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}

{#- What differs between engines: how hexadecimal digits are read. -#}
{% macro lot(text) %}{{ return(adapter.dispatch('lot', 'dbt_satisfaction')(text)) }}{% endmacro %}

{% macro duckdb__lot(text) -%}
    cast('0x' || substr(md5({{ text }}), 1, 7) as integer)
{%- endmacro %}

{% macro spark__lot(text) -%}
    cast(conv(substr(md5({{ text }}), 1, 7), 16, 10) as int)
{%- endmacro %}

{#- Who is forgotten gets a token of the same group (scripts/forget_people.py). -#}
{% macro resample_group(text, n) -%}
    cast({{ dbt_satisfaction.lot(text) }} % {{ n }} as integer)
{%- endmacro %}
