{#- The first day that lies in the future of the data: the day after as_of_date where that is set. Else a day after the
    build's own day (a day of grace for time zones): a row from after that cannot be true, and a mistyped year must not
    become the newest date in the data. A literal, so that no model asks for the current date. -#}
{% macro first_future_day() -%}
    {%- if var('as_of_date') -%}
        {%- set last_day = modules.datetime.datetime.strptime(var('as_of_date') | string, '%Y-%m-%d') -%}
    {%- else -%}
        {%- set last_day = run_started_at + modules.datetime.timedelta(days=1) -%}
    {%- endif -%}
    cast('{{ (last_day + modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d') }}' as timestamp)
{%- endmacro %}

{#- Completed years between two dates. -#}
{% macro age_in_years(born, at) -%}
    cast(floor(
        (year({{ at }}) * 10000 + month({{ at }}) * 100 + day({{ at }})
        - year({{ born }}) * 10000 - month({{ born }}) * 100 - day({{ born }})) / 10000
    ) as integer)
{%- endmacro %}

{#- The var as_of_date as a date, null where it is not set. -#}
{% macro as_of_date() -%}
    cast({{ "'" ~ var('as_of_date') ~ "'" if var('as_of_date') else 'null' }} as date)
{%- endmacro %}
