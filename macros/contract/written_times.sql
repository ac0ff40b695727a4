{#- Times as platforms write them beside ISO: Chinese, on 12 hours, with names of months and days of the week, days first or
    months first as the var date_order says, Excel's serial dates. A text that has such a form is taken to pieces and cast
    as 2025-3-31 14:05:10; what is written here both engines read. -#}

{% macro zone_form() %}
    {{- return(" ?[(]?(Z|(UTC|GMT)?[+-][0-9]{1,2}(:?[0-9]{2})?|UTC|[A-Z]{2,4}T|"
        ~ "(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)(/[A-Za-z_+-]+[0-9]*)+)[)]?") -}}
{% endmacro %}

{% macro ordered_day_form() %}
    {%- set forms = [] -%}
    {%- for mark in ['/', '-', '[.]'] -%}
        {%- do forms.append(['[0-9]{1,2}', '[0-9]{1,2}', '(19|2[0-9])[0-9]{2}'] | join(mark)) -%}
    {%- endfor -%}
    {{- return('(' ~ forms | join('|') ~ ')') -}}
{% endmacro %}

{% macro written_times(column) -%}
    {%- set year = "(19|2[0-9])[0-9]{2}" -%}
    {%- set iso = year ~ '(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}' -%}
    {%- set month = "(?i:(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)[.]?)" -%}
    {%- set day = "[0-9]{1,2}(?i:st|[nr]d|th)?" -%}
    {%- set weekday = "((?i:(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?),? )?" -%}
    {%- set days = [iso, weekday ~ '(' ~ month ~ ' ' ~ day ~ ',? |' ~ day ~ '[ -]' ~ month ~ '(,? |-))' ~ year] -%}
    {%- if var('date_order') != 'ymd' -%}{%- do days.append(dbt_satisfaction.ordered_day_form()) -%}{%- endif -%}
    {%- set hour = "([01]?[0-9]|2[0-3])" -%}
    {%- set time = "(,?[ T]|,? at )" ~ hour ~ ":[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([ \u202f]?(?i:[ap][.]?m[.]?))?" -%}
    {%- set chinese_day = "(" ~ iso ~ "|" ~ year ~ "年[0-9]{1,2}月[0-9]{1,2}[日号])" -%}
    {%- set chinese_time = " *(凌晨|早上|上午|中午|下午|晚上)? *" ~ hour ~ "(:[0-9]{1,2}(:[0-9]{1,2})?|[时点]([0-9]{1,2}分([0-9]{1,2}秒)?)?)" -%}
        when {{ dbt_satisfaction.has_form(column, '(' ~ days | join('|') ~ ')(' ~ time ~ '(' ~ dbt_satisfaction.zone_form() ~ ')?)?') }}
            then try_cast(concat({{ dbt_satisfaction.written_day(column) }}, {{ dbt_satisfaction.written_hour(column) }}) as timestamp)
        when {{ dbt_satisfaction.has_form(column, chinese_day ~ '(' ~ chinese_time ~ ')?') }}
            then {{ dbt_satisfaction.chinese_time(column) }}
    {%- if var('excel_dates') %}
        when {{ dbt_satisfaction.has_form(column, '[1-9][0-9]{4}([' ~ var('decimal_separator') ~ '][0-9]+)?') }}
            then {{ dbt_satisfaction.serial_time("replace(" ~ column ~ ", ',', '.')") }}
    {%- endif %}
{%- endmacro %}

{% macro chinese_time(column) -%}
    {%- set hour = "try_cast(regexp_extract(" ~ column ~ ", '([0-9]+)[:时点]', 1) as integer)" -%}
    try_cast(concat(
                regexp_extract(translate({{ column }}, '年月/', '---'), '^[0-9-]+', 0), ' ',
                cast(coalesce(case
                    when regexp_extract({{ column }}, '(下午|晚上|中午)', 1) != '' and {{ hour }} < 11 then {{ hour }} + 12
                    when regexp_extract({{ column }}, '(下午|晚上)', 1) != '' and {{ hour }} = 11 then 23
                    when regexp_extract({{ column }}, '(凌晨|早上|上午)', 1) != '' and {{ hour }} = 12 then 0
                    else {{ hour }}
                end, 0) as {{ dbt.type_string() }}),
                ':', lpad(regexp_extract({{ column }}, '[:时点]([0-9]+)', 1), 2, '0'),
                ':', lpad(regexp_extract({{ column }}, '(:[0-9]+:|分)([0-9]+)', 2), 2, '0')
            ) as timestamp)
{%- endmacro %}

{% macro written_day(column) -%}
    {%- set first = "regexp_extract(" ~ column ~ ", '[0-9]+', 0)" -%}
    {%- set second = "regexp_extract(" ~ column ~ ", '^[0-9]+[^0-9]([0-9]+)', 1)" -%}
    {%- set year = "regexp_extract(" ~ column ~ ", '[0-9]{4}', 0)" -%}
    {%- set month = "lower(regexp_extract(" ~ column ~ ", '(?i)(^|[^a-z])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)', 2))" -%}
    case
                when length({{ first }}) = 4 then replace(regexp_extract({{ column }}, '^[0-9/-]+', 0), '/', '-')
                when {{ second }} != '' then concat({{ year }}, '-', {{ (second ~ ", '-', " ~ first) if var('date_order') == 'dmy' else (first ~ ", '-', " ~ second) }})
                else concat({{ year }}, '-', cast(cast(floor((instr(
                    'janfebmaraprmayjunjulaugsepoctnovdec', {{ month }}
                ) + 2) / 3) as integer) as {{ dbt.type_string() }}), '-', {{ first }})
            end
{%- endmacro %}

{% macro written_hour(column) -%}
    {%- set hour = "try_cast(regexp_extract(" ~ column ~ ", '([0-9]+):', 1) as integer)" -%}
    {%- set half = "lower(regexp_extract(" ~ column ~ ", '[0-9][ \u202f]?([aApP])[.]?[mM]([^A-Za-z]|$)', 1))" -%}
    case
                when {{ hour }} is null then ''
                when {{ half }} != '' and {{ hour }} not between 1 and 12 then ' none'
                else concat(
                    ' ', cast(case {{ half }} when '' then {{ hour }} when 'a' then {{ hour }} % 12 else {{ hour }} % 12 + 12 end as {{ dbt.type_string() }}),
                    regexp_extract({{ column }}, '[0-9](:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)', 1)
                )
            end
{%- endmacro %}

{#- Excel counts days from 1899-12-30, and times as their fraction. -#}
{% macro serial_time(column) -%}
    {%- set seconds = "cast(round(cast(" ~ column ~ " as double) * 86400) as bigint)" -%}
    {%- set days = "cast(floor(" ~ seconds ~ " / 86400e0) as integer)" -%}
    try_cast(concat(
                cast(cast({{ dbt.dateadd('day', days, "cast('1899-12-30' as date)") }} as date) as {{ dbt.type_string() }}), ' ',
                cast(cast(floor({{ seconds }} % 86400 / 3600e0) as integer) as {{ dbt.type_string() }}), ':',
                lpad(cast(cast(floor({{ seconds }} % 3600 / 60e0) as integer) as {{ dbt.type_string() }}), 2, '0'), ':',
                lpad(cast({{ seconds }} % 60 as {{ dbt.type_string() }}), 2, '0')
            ) as timestamp)
{%- endmacro %}
