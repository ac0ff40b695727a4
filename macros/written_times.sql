{#- Times as platforms write them beside ISO: 12 hours, names of months, days first or months first as the var date_order
    says, Excel's serial dates. A text that has such a form is taken to pieces and cast as 2025-3-31 14:05:10; what is
    written here both engines read. -#}

{#- The zone behind a time: Z, UTC, +08:00, GMT+8, CEST, Asia/Shanghai. -#}
{% macro zone_form() %}
    {{- return(" ?(Z|(UTC|GMT)?[+-][0-9]{1,2}(:?[0-9]{2})?|UTC|[A-Z]{2,4}T|"
        ~ "(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)(/[A-Za-z_+-]+[0-9]*)+)") -}}
{% endmacro %}

{#- A day with the day or the month first; any separator, but one. -#}
{% macro ordered_day_form() %}
    {%- set forms = [] -%}
    {%- for mark in ['/', '-', '[.]'] -%}
        {%- do forms.append(['[0-9]{1,2}', '[0-9]{1,2}', '(19|2[0-9])[0-9]{2}'] | join(mark)) -%}
    {%- endfor -%}
    {{- return('(' ~ forms | join('|') ~ ')') -}}
{% endmacro %}

{#- Branches of a case expression over a column of text. -#}
{% macro written_times(column) -%}
    {%- set year = "(19|2[0-9])[0-9]{2}" -%}
    {%- set month = "(?i:(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)[.]?)" -%}
    {%- set days = [year ~ '(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}', month ~ ' [0-9]{1,2},? ' ~ year,
        '[0-9]{1,2}( ' ~ month ~ ',? |-' ~ month ~ '-)' ~ year] -%}
    {%- if var('date_order') != 'ymd' -%}{%- do days.append(dbt_satisfaction.ordered_day_form()) -%}{%- endif -%}
    {%- set time = ",?[ T]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([ \u202f]?(?i:[ap][.]?m[.]?))?" -%}
        when {{ dbt_satisfaction.has_form(column, '(' ~ days | join('|') ~ ')(' ~ time ~ '(' ~ dbt_satisfaction.zone_form() ~ ')?)?') }}
            then try_cast(concat({{ dbt_satisfaction.written_day(column) }}, {{ dbt_satisfaction.written_hour(column) }}) as timestamp)
    {%- if var('excel_dates') %}
        when {{ dbt_satisfaction.has_form(column, '[1-9][0-9]{4}([.][0-9]+)?') }}
            then {{ dbt_satisfaction.serial_time(column) }}
    {%- endif %}
{%- endmacro %}

{#- The day of a text that has one of the forms, as 2025-3-31. -#}
{% macro written_day(column) -%}
    {%- set first = "regexp_extract(" ~ column ~ ", '[0-9]+', 0)" -%}
    {%- set second = "regexp_extract(" ~ column ~ ", '^[0-9]+[^0-9]([0-9]+)', 1)" -%}
    {%- set year = "regexp_extract(" ~ column ~ ", '[0-9]{4}', 0)" -%}
    case
                when length({{ first }}) = 4 then replace(regexp_extract({{ column }}, '^[0-9/-]+', 0), '/', '-')
                when {{ second }} != '' then concat({{ year }}, '-', {{ (second ~ ", '-', " ~ first) if var('date_order') == 'dmy' else (first ~ ", '-', " ~ second) }})
                else concat({{ year }}, '-', cast(cast(floor((instr(
                    'janfebmaraprmayjunjulaugsepoctnovdec', lower(regexp_extract({{ column }}, '[A-Za-z]{3}', 0))
                ) + 2) / 3) as integer) as {{ dbt.type_string() }}), '-', {{ first }})
            end
{%- endmacro %}

{#- Its time on 24 hours, as 14:05:10 behind a blank; nothing where it has none. 13:05 PM is no time. -#}
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

{#- Excel counts days from 1899-12-30, and times as their fraction; seconds are rounded. -#}
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
