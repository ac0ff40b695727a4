{#- What differs between engines: which letters are one, and how a regular expression is looked for. -#}

{#- Full width is no difference; DuckDB knows no NFKC. -#}
{% macro comment_form(column) -%}
    {{ dbt_satisfaction.normal_answer("translate(" ~ column ~ ", 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ', '"
        ~ "abcdefghijklmnopqrstuvwxyz" * 2 ~ "')") }}
{%- endmacro %}

{#- Words with one blank around each, whatever parted them. -#}
{% macro as_words(column) -%}
    {{ dbt_satisfaction.without_matches("' ' || " ~ column ~ " || ' '", dbt_satisfaction.text_literal('[^\\p{L}\\p{N}]+')) }}
{%- endmacro %}

{% macro without_matches(column, pattern) %}
    {{- return(adapter.dispatch('without_matches', 'dbt_satisfaction')(column, pattern)) -}}
{% endmacro %}

{% macro duckdb__without_matches(column, pattern) -%}
    regexp_replace({{ column }}, {{ pattern }}, ' ', 'g')
{%- endmacro %}

{% macro spark__without_matches(column, pattern) -%}
    regexp_replace({{ column }}, {{ pattern }}, ' ')
{%- endmacro %}

{% macro has_match(column, pattern) %}{{ return(adapter.dispatch('has_match', 'dbt_satisfaction')(column, pattern)) }}{% endmacro %}

{% macro duckdb__has_match(column, pattern) -%}
    regexp_matches({{ column }}, {{ pattern }})
{%- endmacro %}

{% macro spark__has_match(column, pattern) -%}
    {{ column }} rlike {{ pattern }}
{%- endmacro %}

{#- What looks like an address of mail or a number by which a person is known. -#}
{% macro without_contacts(column) -%}
    {%- set mail = dbt_satisfaction.text_literal('[^ ]+@[^ ]+') -%}
    {%- set number = dbt_satisfaction.text_literal('[+]?[0-9][0-9 ()./-]{4,}[0-9]') -%}
    {{ dbt_satisfaction.without_matches(dbt_satisfaction.without_matches(column, mail), number) }}
{%- endmacro %}
