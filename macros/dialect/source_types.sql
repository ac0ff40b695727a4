{#- A TIMESTAMP of a Parquet file need not become text and be parsed again. What text would not be taken for (a year
    before 1900 or after 2999, infinity, NaN) is null here too. An instant is for what needs its text in the end.
    What differs between engines: names of types. -#}
{% macro native(column, source_type, type) %}
    {{- return(adapter.dispatch('native', 'dbt_satisfaction')(column, source_type, type)) -}}
{% endmacro %}

{% macro duckdb__native(column, source_type, type) %}
    {%- set kind = (source_type | upper).split('(')[0] -%}
    {%- set instant = column -%}
    {%- if kind == 'TIMESTAMP WITH TIME ZONE' -%}
        {%- set instant = 'make_timestamp(epoch_us(' ~ column ~ '))' -%}
    {%- endif -%}
    {{- return(dbt_satisfaction.native_value(column, instant, type, {
        'timestamp': ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'DATE'],
        'double': ['DOUBLE', 'FLOAT'],
        'exact': ['DECIMAL', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'],
        'boolean': ['BOOLEAN'],
    }, kind)) -}}
{% endmacro %}

{% macro spark__native(column, source_type, type) %}
    {%- set kind = (source_type | upper).split('(')[0] -%}
    {%- set instant = column -%}
    {%- if kind == 'TIMESTAMP' -%}
        {%- set instant = 'to_utc_timestamp(' ~ column ~ ', current_timezone())' -%}
    {%- elif kind == 'TIMESTAMP_NTZ' -%}
        {%- set instant = 'cast(' ~ column ~ ' as timestamp)' -%}
    {%- endif -%}
    {{- return(dbt_satisfaction.native_value(column, instant, type, {
        'timestamp': ['TIMESTAMP', 'TIMESTAMP_NTZ', 'DATE'],
        'double': ['DOUBLE', 'FLOAT'],
        'exact': ['DECIMAL', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT'],
        'boolean': ['BOOLEAN'],
    }, kind)) -}}
{% endmacro %}

{% macro native_value(column, instant, type, kinds, kind) %}
    {%- if type == 'instant' -%}
        {{- return(instant if kind in kinds.timestamp else none) -}}
    {%- elif type in ['timestamp', 'date'] and kind in kinds.timestamp -%}
        {{- return("case when " ~ instant ~ " >= cast('1900-01-01' as timestamp) and " ~ instant
            ~ " < cast('3000-01-01' as timestamp) then cast(" ~ instant ~ " as " ~ type ~ ") end") -}}
    {%- elif type in ['double', 'seconds'] and kind in kinds.exact -%}
        {{- return("cast(" ~ column ~ " as double)") -}}
    {%- elif type in ['double', 'seconds'] and kind in kinds.double -%}
        {#- nan and infinity times 0 are nan, which is not 0 -#}
        {{- return("case when " ~ column ~ " * 0 = 0 then cast(" ~ column ~ " as double) end") -}}
    {%- elif type == 'boolean' and kind in kinds.boolean -%}
        {{- return(column) -}}
    {%- endif -%}
    {{- return(none) -}}
{% endmacro %}
