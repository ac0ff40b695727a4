{#- Answer sheets: the levels of up to 15 questions as the hexadecimal digits of one bigint. Digit 0 is no answer at
    all, 1 to 11 is a level, 15 a blank or "not applicable" answer. What differs between engines: how bits are shifted
    and how two numbers are combined by exclusive or. -#}

{#- 60 of the 63 bits of a bigint. -#}
{% macro questions_per_sheet() %}{{ return(15) }}{% endmacro %}

{% macro missing_digit() %}{{ return(15) }}{% endmacro %}

{% macro shifted_right(bits, n) %}{{ return(adapter.dispatch('shifted_right', 'dbt_satisfaction')(bits, n)) }}{% endmacro %}

{% macro duckdb__shifted_right(bits, n) -%}
    ({{ bits }} >> {{ n }})
{%- endmacro %}

{% macro spark__shifted_right(bits, n) -%}
    shiftright({{ bits }}, {{ n }})
{%- endmacro %}

{% macro exclusive_or(a, b) %}{{ return(adapter.dispatch('exclusive_or', 'dbt_satisfaction')(a, b)) }}{% endmacro %}

{% macro duckdb__exclusive_or(a, b) -%}
    xor({{ a }}, {{ b }})
{%- endmacro %}

{% macro spark__exclusive_or(a, b) -%}
    ({{ a }} ^ {{ b }})
{%- endmacro %}

{% macro digit(sheet, place) -%}
    cast({{ dbt_satisfaction.shifted_right(sheet, place ~ ' * 4') }} & 15 as integer)
{%- endmacro %}

{#- 76861433640456465 is hexadecimal 111111111111111. -#}
{% macro count_digits(sheet) -%}
    bit_count(
        ({{ sheet }} | {{ dbt_satisfaction.shifted_right(sheet, 1) }} | {{ dbt_satisfaction.shifted_right(sheet, 2) }} | {{ dbt_satisfaction.shifted_right(sheet, 3) }})
        & 76861433640456465
    )
{%- endmacro %}

{% macro count_missing(sheet) -%}
    bit_count(
        {{ sheet }} & {{ dbt_satisfaction.shifted_right(sheet, 1) }} & {{ dbt_satisfaction.shifted_right(sheet, 2) }} & {{ dbt_satisfaction.shifted_right(sheet, 3) }}
        & 76861433640456465
    )
{%- endmacro %}

{% macro fingerprint(columns) %}{{ return(adapter.dispatch('fingerprint', 'dbt_satisfaction')(columns)) }}{% endmacro %}

{% macro duckdb__fingerprint(columns) -%}
    cast(sum(hash({{ columns | join(', ') }})) as varchar)
{%- endmacro %}

{% macro spark__fingerprint(columns) -%}
    cast(sum(cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0))) as string)
{%- endmacro %}

{#- Spark never keeps one. -#}
{% macro inlined() %}{{ return(adapter.dispatch('inlined', 'dbt_satisfaction')()) }}{% endmacro %}

{% macro duckdb__inlined() %}{{ return('not materialized') }}{% endmacro %}

{% macro spark__inlined() %}{{ return('') }}{% endmacro %}
