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
{% macro resample_group(text, n) %}{{ return(adapter.dispatch('resample_group', 'dbt_satisfaction')(text, n)) }}{% endmacro %}

{% macro duckdb__resample_group(text, n) -%}
    cast(cast('0x' || substr(md5({{ text }}), 1, 7) as integer) % {{ n }} as integer)
{%- endmacro %}

{% macro spark__resample_group(text, n) -%}
    cast(cast(conv(substr(md5({{ text }}), 1, 7), 16, 10) as int) % {{ n }} as int)
{%- endmacro %}
