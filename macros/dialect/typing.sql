{#- How text becomes a value. What differs between engines: functions that try a conversion, and which odd texts an
    engine takes for a date or a number ('infinity', 'nan', '1_000'), which are refused here. -#}

{% macro typed(column, type, decimal_mark=none) -%}
    {%- if type == 'string' -%}
        {{ column }}
    {%- elif type == 'date' -%}
        cast({{ dbt_satisfaction.text_to_timestamp(column) }} as date)
    {%- elif type == 'timestamp' -%}
        {{ dbt_satisfaction.text_to_timestamp(column) }}
    {%- elif type == 'double' -%}
        {{ dbt_satisfaction.text_to_number(column, decimal_mark) }}
    {%- elif type == 'seconds' -%}
        {{ dbt_satisfaction.text_to_seconds(column, decimal_mark) }}
    {%- elif type == 'integer' -%}
        {{ dbt_satisfaction.text_to_integer(column, decimal_mark) }}
    {%- elif type == 'boolean' -%}
        {{ dbt_satisfaction.text_to_boolean(column) }}
    {%- endif -%}
{%- endmacro %}

{% macro typed_rows_are() %}{{ return(adapter.dispatch('typed_rows_are', 'dbt_satisfaction')()) }}{% endmacro %}

{% macro default__typed_rows_are() %}{{ return('view') }}{% endmacro %}

{#- The metastore that comes with Spark cuts off what a view says beyond 32,700 letters: few columns of times. -#}
{% macro spark__typed_rows_are() %}{{ return('table') }}{% endmacro %}

{#- What differs between engines: the name of the function. -#}
{% macro has_form(column, form) %}{{ return(adapter.dispatch('has_form', 'dbt_satisfaction')(column, form)) }}{% endmacro %}

{% macro duckdb__has_form(column, form) -%}
    regexp_full_match({{ column }}, {{ dbt_satisfaction.text_literal(form) }})
{%- endmacro %}

{% macro spark__has_form(column, form) -%}
    {{ column }} rlike {{ dbt_satisfaction.text_literal('^(?:' ~ form ~ ')$') }}
{%- endmacro %}

{% macro text_literal(text) %}{{ return(adapter.dispatch('text_literal', 'dbt_satisfaction')(text)) }}{% endmacro %}

{% macro duckdb__text_literal(text) %}
    {{- return("'" ~ text | string | replace("'", "''") ~ "'") -}}
{% endmacro %}

{#- Spark takes a backslash for an escape. -#}
{% macro spark__text_literal(text) %}
    {{- return("'" ~ text | string | replace("\\", "\\\\") | replace("'", "''") ~ "'") -}}
{% endmacro %}

{% macro quoted_name(name) %}{{ return(adapter.dispatch('quoted_name', 'dbt_satisfaction')(name)) }}{% endmacro %}

{% macro duckdb__quoted_name(name) %}
    {{- return('"' ~ name | string | replace('"', '""') ~ '"') -}}
{% endmacro %}

{#- Spark takes "name" for a text. -#}
{% macro spark__quoted_name(name) %}
    {{- return('`' ~ name | string | replace('`', '``') ~ '`') -}}
{% endmacro %}

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

{% macro blanks() %}{{ return(' \t\r\n\u00a0\u3000\ufeff') }}{% endmacro %}

{#- DuckDB works this out once per distinct text of a Parquet dictionary. -#}
{% macro duckdb__clean_text(column) -%}
    nullif(trim(cast({{ column }} as varchar), '{{ dbt_satisfaction.blanks() }}'), '')
{%- endmacro %}

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

{% macro text_to_number(column, decimal_mark) -%}
    {%- set decimal_mark = decimal_mark or var('decimal_separator') -%}
    {%- set mark = var('thousands_separator') -%}
    {%- if mark == decimal_mark -%}{%- set mark = '.' if decimal_mark == ',' else ',' -%}{%- endif -%}
    {%- set number = column -%}
    {%- if decimal_mark == ',' -%}{%- set number = "replace(" ~ column ~ ", ',', '.')" -%}{%- endif -%}
    {#- a blank between thousands may be any that keeps a number on one line -#}
    {%- set marks = ' \u00a0\u202f' if mark == ' ' else mark -%}
    {%- set grouped = column -%}
    {%- if mark -%}{%- set grouped = "translate(" ~ column ~ ", " ~ dbt_satisfaction.text_literal(marks) ~ ", '')" -%}{%- endif -%}
    {%- if decimal_mark == ',' -%}{%- set grouped = "replace(" ~ grouped ~ ", ',', '.')" -%}{%- endif -%}
    case
        {%- if decimal_mark == '.' %}
        when {{ dbt_satisfaction.is_number(column) }} then try_cast({{ column }} as double)
        {%- else %}
        when not contains({{ column }}, '.') and {{ dbt_satisfaction.is_number(number) }} then try_cast({{ number }} as double)
        {%- endif %}
        {%- if mark %}
        when {{ dbt_satisfaction.has_form(column, '[+-]?[1-9][0-9]{0,2}([' ~ marks ~ '][0-9]{3})+([' ~ decimal_mark ~ '][0-9]+)?') }}
            then try_cast({{ grouped }} as double)
        {%- endif %}
    end
{%- endmacro %}

{% macro is_number(column) %}{{ return(adapter.dispatch('is_number', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- DuckDB reads 1_000, nan and inf as numbers; grouped thousands it does not read. -#}
{% macro duckdb__is_number(column) -%}
    isfinite(try_cast({{ column }} as double)) and not contains({{ column }}, '_')
{%- endmacro %}

{#- Spark reads 1d, nan and infinity as numbers. -#}
{% macro spark__is_number(column) -%}
    {{ column }} rlike '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            and abs(try_cast({{ column }} as double)) <= 1.7976931348623157e308
{%- endmacro %}

{% macro text_to_integer(column, decimal_mark) -%}
    {%- set number = dbt_satisfaction.text_to_number(column, decimal_mark) -%}
    case when abs({{ number }}) < 9e15 and {{ number }} % 1 = 0 then cast({{ number }} as bigint) end
{%- endmacro %}

{#- The day and the time count as they are written: a zone moves nothing into another month. -#}
{% macro text_to_timestamp(column) %}{{ return(adapter.dispatch('text_to_timestamp', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- The patterns keep out what DuckDB's own cast takes for a time: infinity, epoch, (BC), 10:00 PM read as 10:00. -#}
{% macro duckdb__text_to_timestamp(column) -%}
    {%- set day = "(19|2[0-9])[0-9]{2}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}" -%}
    {%- set time = "[ T]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?" -%}
    case
        when regexp_full_match({{ column }}, '{{ day }}({{ time }})?') then try_cast({{ column }} as timestamp)
        when regexp_full_match({{ column }}, '{{ day }}{{ time }}{{ dbt_satisfaction.zone_form() }}')
            then try_cast(regexp_extract({{ column }}, '^[0-9/-]+[ T][0-9:.]+') as timestamp)
        when regexp_full_match({{ column }}, '(19|2[0-9])[0-9]{6}') then try_strptime({{ column }}, '%Y%m%d')
        {{ dbt_satisfaction.written_times(column) }}
    end
{%- endmacro %}

{#- Spark's cast knows no slashes, and what it takes for a date beside these forms (2025, a time alone, a named zone) the
    patterns keep out. -#}
{% macro spark__text_to_timestamp(column) -%}
    {%- set day = "(19|2[0-9])[0-9]{2}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}" -%}
    {%- set time = "[ T]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?" -%}
    case
        when {{ column }} rlike '^{{ day }}({{ time }}({{ dbt_satisfaction.zone_form() }})?)?$'
            then try_cast(replace(regexp_extract({{ column }}, '^[0-9/-]+([ T][0-9:.]+)?', 0), '/', '-') as timestamp)
        when {{ column }} rlike '^(19|2[0-9])[0-9]{6}$' then try_to_timestamp({{ column }}, 'yyyyMMdd')
        {{ dbt_satisfaction.written_times(column) }}
    end
{%- endmacro %}

{% macro text_to_boolean(column) -%}
    case
        when lower({{ column }}) in ('true', 't', 'yes', 'y', '1', '是', 'complete', 'completed', 'finished', '已完成', '完成') then true
        when lower({{ column }}) in ('false', 'f', 'no', 'n', '0', '否', 'incomplete', 'unfinished', 'partial', '未完成') then false
    end
{%- endmacro %}

{#- satisfaction.method_checks.normalise_answer mirrors it. Phones put variation selectors after an emoji, and nobody
    sees them. -#}
{% macro plain_answer(column) -%}
    lower({{ dbt_satisfaction.clean_text("translate(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), "
        ~ "'０１２３４５６７８９①②③④⑤⑥⑦⑧⑨[]（）［］【】．：／－−–‑’‘\ufe0e\ufe0f', '0123456789123456789()()()().:/----''''')") }})
{%- endmacro %}

{% macro normal_answer(column) %}{{ return(adapter.dispatch('normal_answer', 'dbt_satisfaction')(column)) }}{% endmacro %}

{% macro duckdb__normal_answer(column) -%}
    regexp_replace(
        regexp_replace({{ dbt_satisfaction.plain_answer(column) }}, '[{{ dbt_satisfaction.blanks() }}]+', ' ', 'g'),
        '^(-?[0-9]+)[.]0+$', '\1'
    )
{%- endmacro %}

{#- Spark replaces every match, and its groups are $1. -#}
{% macro spark__normal_answer(column) -%}
    regexp_replace(
        regexp_replace({{ dbt_satisfaction.plain_answer(column) }}, '[{{ dbt_satisfaction.blanks() }}]+', ' '),
        '^(-?[0-9]+)[.]0+$', '$1'
    )
{%- endmacro %}

{% macro text_to_yes_no(column) -%}
    cast({{ dbt_satisfaction.text_to_boolean(column) }} as integer)
{%- endmacro %}

{#- Several damaged ids have become the same. -#}
{% macro is_damaged_id(column) %}{{ return(adapter.dispatch('is_damaged_id', 'dbt_satisfaction')(column)) }}{% endmacro %}

{#- Few texts hold an e, and only they pay for the pattern. -#}
{% macro duckdb__is_damaged_id(column) -%}
    (
        starts_with({{ column }}, '##')
        or (contains(lower({{ column }}), 'e') and regexp_full_match({{ column }}, '{{ dbt_satisfaction.powers_of_ten() }}'))
    )
{%- endmacro %}

{% macro spark__is_damaged_id(column) -%}
    ({{ column }} rlike '^(##.*|{{ dbt_satisfaction.powers_of_ten() }})$')
{%- endmacro %}

{% macro powers_of_ten() %}{{ return('[0-9]([.,][0-9]+[eE][+-]?|[eE][+])[0-9]+') }}{% endmacro %}

{% macro plain_id(column) -%}
    trim(leading '0' from replace(replace(replace(lower({{ column }}), '-', ''), '_', ''), ' ', ''))
{%- endmacro %}

{% macro text_to_seconds(column, decimal_mark) -%}
    {%- set units = [('3600', '(?:小时|时|h|hrs?|hours?)'), ('60', '(?:分钟?|m|mins?|minutes?)'), ('1', '(?:秒钟?|s|secs?|seconds?)')] -%}
    {%- set text = "lower(" ~ column ~ ")" -%}
    {%- set form = [] -%}
    {%- set clock = [] -%}
    {%- set sum = [] -%}
    {%- for weight, unit in units -%}
        {%- do form.append('([0-9]{1,7} ?' ~ unit ~ ',? ?)?') -%}
        {%- do clock.append("cast(split_part(" ~ column ~ ", ':', " ~ loop.index ~ ") as double) * " ~ weight) -%}
        {%- do sum.append("coalesce(try_cast(regexp_extract(" ~ text ~ ", '([0-9]+) ?" ~ unit ~ "', 1) as double), 0) * " ~ weight) -%}
    {%- endfor -%}
    case
        when {{ dbt_satisfaction.has_form(column, '[0-9]{1,4}:[0-5]?[0-9]:[0-5]?[0-9]') }} then {{ clock | join(' + ') }}
        when {{ column }} != '' and {{ dbt_satisfaction.has_form(text, form | join) }} then {{ sum | join(' + ') }}
        else {{ dbt_satisfaction.text_to_number(column, decimal_mark) }}
    end
{%- endmacro %}
