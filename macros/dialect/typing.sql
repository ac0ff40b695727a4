{#- How text becomes a value. What differs between engines: functions that try a conversion, and which odd texts an
    engine takes for a date or a number ('infinity', 'nan', '1_000'), which are refused here. -#}

{% macro typed(column, type) -%}
    {%- if type == 'string' -%}
        {{ column }}
    {%- elif type == 'date' -%}
        cast({{ dbt_satisfaction.text_to_timestamp(column) }} as date)
    {%- else -%}
        {{ {'double': dbt_satisfaction.text_to_number, 'integer': dbt_satisfaction.text_to_integer,
            'timestamp': dbt_satisfaction.text_to_timestamp, 'boolean': dbt_satisfaction.text_to_boolean}[type](column) }}
    {%- endif -%}
{%- endmacro %}

{#- A value as a literal of SQL. -#}
{% macro text_literal(text) %}{{ return(adapter.dispatch('text_literal', 'dbt_satisfaction')(text)) }}{% endmacro %}

{% macro duckdb__text_literal(text) %}
    {{- return("'" ~ text | string | replace("'", "''") ~ "'") -}}
{% endmacro %}

{#- Spark takes a backslash for an escape. -#}
{% macro spark__text_literal(text) %}
    {{- return("'" ~ text | string | replace("\\", "\\\\") | replace("'", "''") ~ "'") -}}
{% endmacro %}

{#- A column name from outside, which may hold anything, as an identifier. -#}
{% macro quoted_name(name) %}{{ return(adapter.dispatch('quoted_name', 'dbt_satisfaction')(name)) }}{% endmacro %}

{% macro duckdb__quoted_name(name) %}
    {{- return('"' ~ name | string | replace('"', '""') ~ '"') -}}
{% endmacro %}

{#- Spark takes "name" for a text. -#}
{% macro spark__quoted_name(name) %}
    {{- return('`' ~ name | string | replace('`', '``') ~ '`') -}}
{% endmacro %}

{#- A source column of any type as text. -#}
{% macro as_text(column, type) %}{{ return(adapter.dispatch('as_text', 'dbt_satisfaction')(column, type)) }}{% endmacro %}

{#- A whole number in a float column is written without '.0' (pandas makes floats of integers with gaps, and 7.0 is no
    key); an instant is written in UTC, whatever the zone of the machine. -#}
{% macro duckdb__as_text(column, type) -%}
    {%- if type in ['DOUBLE', 'FLOAT'] -%}
        regexp_replace(cast({{ column }} as varchar), '[.]0$', '')
    {%- elif type == 'TIMESTAMP WITH TIME ZONE' -%}
        cast(make_timestamp(epoch_us({{ column }})) as varchar)
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{#- Spark writes 1.0E7 for ten million, its names of types are others, and its timestamp is an instant. -#}
{% macro spark__as_text(column, type) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {%- if type | lower in ['double', 'float'] -%}
        case
            when abs({{ column }}) < 1e15 and (abs({{ column }}) >= 1e-4 or {{ column }} = 0)
                then regexp_replace(cast(cast({{ text }} as decimal(38, 20)) as string), '[.]?0+$', '')
            else replace(lower({{ text }}), 'infinity', 'inf')
        end
    {%- elif type | lower == 'timestamp' -%}
        cast(to_utc_timestamp({{ column }}, current_timezone()) as string)
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{% macro clean_text(column) %}{{ return(adapter.dispatch('clean_text', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- Blank, tab, line ends, no-break space, full-width space and byte order mark, as they stand. -#}
{% macro blanks() %}{{ return(' \t\r\n\u00a0\u3000\ufeff') }}{% endmacro %}

{#- Trimmed of blanks; nothing left is null. DuckDB works this out once per distinct text of a Parquet dictionary. -#}
{% macro duckdb__clean_text(column) -%}
    nullif(trim(cast({{ column }} as varchar), '{{ dbt_satisfaction.blanks() }}'), '')
{%- endmacro %}

{#- The same of a column of many different texts, such as a key. -#}
{% macro clean_key(column) %}{{ return(adapter.dispatch('clean_key', 'dbt_satisfaction')(column)) }}{% endmacro %}

{% macro default__clean_key(column) -%}
    {{ dbt_satisfaction.clean_text(column) }}
{%- endmacro %}

{#- A look at both ends is several times faster than DuckDB's trim, which takes its set of letters to pieces for every
    text; most texts begin and end with a visible ASCII letter and stay as they are. -#}
{% macro duckdb__clean_key(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as varchar)' -%}
    case
        when ascii({{ text }}) between 33 and 126 and ascii(right({{ text }}, 1)) between 33 and 126 then {{ text }}
        else {{ dbt_satisfaction.clean_text(column) }}
    end
{%- endmacro %}

{#- Spark trims nothing but the blank unless it is told so. -#}
{% macro spark__clean_text(column) -%}
    nullif(trim(both '{{ dbt_satisfaction.blanks() }}' from cast({{ column }} as string)), '')
{%- endmacro %}

{% macro text_to_number(column) %}{{ return(adapter.dispatch('text_to_number', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- DuckDB reads 1_000, nan and inf as numbers; grouped thousands it does not read. -#}
{% macro duckdb__text_to_number(column) -%}
    case
        when isfinite(try_cast({{ column }} as double)) and not contains({{ column }}, '_')
            then try_cast({{ column }} as double)
        {%- set mark = var('thousands_separator') %}
        {%- if mark %}
        when regexp_full_match({{ column }}, '[+-]?[0-9]{1,3}([{{ mark | replace("'", "''") }}][0-9]{3})+([.][0-9]+)?')
            then try_cast(replace({{ column }}, {{ dbt_satisfaction.text_literal(mark) }}, '') as double)
        {%- endif %}
    end
{%- endmacro %}

{#- Spark reads 1d, nan and infinity as numbers, and its regular expressions are those of Java. -#}
{% macro spark__text_to_number(column) -%}
    case
        when {{ column }} rlike '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            and abs(try_cast({{ column }} as double)) <= 1.7976931348623157e308
            then try_cast({{ column }} as double)
        {%- set mark = var('thousands_separator') %}
        {%- if mark %}
        when {{ column }} rlike '^[+-]?[0-9]{1,3}([{{ mark | replace("'", "''") }}][0-9]{3})+([.][0-9]+)?$'
            then try_cast(replace({{ column }}, {{ dbt_satisfaction.text_literal(mark) }}, '') as double)
        {%- endif %}
    end
{%- endmacro %}

{% macro text_to_integer(column) -%}
    {%- set number = dbt_satisfaction.text_to_number(column) -%}
    case when abs({{ number }}) < 9e15 and {{ number }} % 1 = 0 then cast({{ number }} as bigint) end
{%- endmacro %}

{% macro text_to_timestamp(column) %}{{ return(adapter.dispatch('text_to_timestamp', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- 2025-03-05, 2025/3/5, 20250305, 2025年3月5日, the first two with or without a time and its zone, the last with or
    without a time. The day and the time count as they are written: a zone moves nothing into another month.
    The patterns keep out what DuckDB's own cast takes for a time: infinity, epoch, (BC), 10:00 PM read as 10:00. -#}
{% macro duckdb__text_to_timestamp(column) -%}
    {%- set day = "(19|2[0-9])[0-9]{2}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}" -%}
    {%- set time = "[ T]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?" -%}
    {%- set zone = " ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)" -%}
    case
        when regexp_full_match({{ column }}, '{{ day }}({{ time }})?') then try_cast({{ column }} as timestamp)
        when regexp_full_match({{ column }}, '{{ day }}{{ time }}{{ zone }}')
            then try_cast(regexp_extract({{ column }}, '^{{ day }}{{ time }}') as timestamp)
        when regexp_full_match({{ column }}, '(19|2[0-9])[0-9]{6}') then try_strptime({{ column }}, '%Y%m%d')
        when regexp_matches({{ column }}, '^(19|2[0-9])[0-9]{2}年')
            then try_strptime({{ column }}, ['%Y年%m月%d日', '%Y年%m月%d日 %H:%M', '%Y年%m月%d日 %H:%M:%S'])
    end
{%- endmacro %}

{#- Spark's cast knows no slashes and no Chinese dates, and what it takes for a date beside these forms (2025, a time
    alone, a named zone) the patterns keep out. -#}
{% macro spark__text_to_timestamp(column) -%}
    {%- set day = "(19|2[0-9])[0-9]{2}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}" -%}
    {%- set time = "[ T]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?" -%}
    {%- set zone = " ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)" -%}
    {%- set chinese = "([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日" -%}
    case
        when {{ column }} rlike '^{{ day }}({{ time }}({{ zone }})?)?$'
            then try_cast(replace(regexp_extract({{ column }}, '^{{ day }}({{ time }})?', 0), '/', '-') as timestamp)
        when {{ column }} rlike '^(19|2[0-9])[0-9]{6}$' then try_to_timestamp({{ column }}, 'yyyyMMdd')
        when {{ column }} rlike '^(19|2[0-9])[0-9]{2}年' and {{ column }} rlike '^{{ chinese }}( +([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2})?)?$'
            then try_cast(regexp_replace({{ column }}, '^{{ chinese }} *', '$1-$2-$3 ') as timestamp)
    end
{%- endmacro %}

{% macro text_to_boolean(column) -%}
    case
        when lower({{ column }}) in ('true', 't', 'yes', 'y', '1', '是') then true
        when lower({{ column }}) in ('false', 'f', 'no', 'n', '0', '否') then false
    end
{%- endmacro %}

{#- The one normal form in which answers are compared; satisfaction.method_checks.normalise_answer mirrors it. What has no
    counterpart in the digits goes: the variation selectors, which phones put after an emoji and nobody sees. -#}
{% macro plain_answer(column) -%}
    lower({{ dbt_satisfaction.clean_text("translate(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '０１２３４５６７８９\ufe0e\ufe0f', '0123456789')") }})
{%- endmacro %}

{% macro normal_answer(column) %}{{ return(adapter.dispatch('normal_answer', 'dbt_satisfaction')(column)) }}{% endmacro %}

{% macro duckdb__normal_answer(column) -%}
    regexp_replace(
        regexp_replace({{ dbt_satisfaction.plain_answer(column) }}, '[{{ dbt_satisfaction.blanks() }}]+', ' ', 'g'),
        '^([0-9]+)[.]0+$', '\1'
    )
{%- endmacro %}

{#- Spark replaces every match, and its groups are $1. -#}
{% macro spark__normal_answer(column) -%}
    regexp_replace(
        regexp_replace({{ dbt_satisfaction.plain_answer(column) }}, '[{{ dbt_satisfaction.blanks() }}]+', ' '),
        '^([0-9]+)[.]0+$', '$1'
    )
{%- endmacro %}

{#- Yes and no as 1 and 0. -#}
{% macro text_to_yes_no(column) -%}
    cast({{ dbt_satisfaction.text_to_boolean(column) }} as integer)
{%- endmacro %}

{#- Whether an id is a number that a spreadsheet wrote in powers of ten: 1.38E+10. Its last digits are lost, and others have
    become the same. -#}
{% macro is_damaged_id(column) %}{{ return(adapter.dispatch('is_damaged_id', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- Few texts hold an e, and only they pay for the pattern. -#}
{% macro duckdb__is_damaged_id(column) -%}
    (contains(lower({{ column }}), 'e') and regexp_full_match({{ column }}, '{{ dbt_satisfaction.powers_of_ten() }}'))
{%- endmacro %}

{% macro spark__is_damaged_id(column) -%}
    ({{ column }} rlike '^{{ dbt_satisfaction.powers_of_ten() }}$')
{%- endmacro %}

{% macro powers_of_ten() %}{{ return('[0-9]([.,][0-9]+[eE][+-]?|[eE][+])[0-9]+') }}{% endmacro %}

{#- An id without what systems write in different ways: leading zeros, capitals, blanks and dashes. -#}
{% macro plain_id(column) -%}
    trim(leading '0' from replace(replace(replace(lower({{ column }}), '-', ''), '_', ''), ' ', ''))
{%- endmacro %}
