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

{#- A time of day HH:MM as minutes since midnight. -#}
{% macro minute_of(time) -%}
    (cast(split_part({{ time }}, ':', 1) as integer) * 60 + cast(split_part({{ time }}, ':', 2) as integer))
{%- endmacro %}

{#- Whether a row of int_business_calendar is the one that a moment falls into. -#}
{% macro falls_into(calendar, moment) -%}
    {{ calendar }}.day = cast({{ moment }} as date)
    and hour({{ moment }}) * 60 + minute({{ moment }}) >= {{ calendar }}.from_minute
    and hour({{ moment }}) * 60 + minute({{ moment }}) < {{ calendar }}.to_minute
{%- endmacro %}

{#- Business time from the first day of int_business_calendar to a moment, in microseconds: what was open before, and
    what of this stretch has passed. calendar: the row that the moment falls into. -#}
{% macro business_time(calendar, moment) -%}
    ({{ calendar }}.minutes_before * 60000000 + least(
        {{ calendar }}.open_minutes * 60000000,
        {{ dbt_satisfaction.microseconds_between('cast(' ~ calendar ~ '.day as timestamp)', moment) }}
        - {{ calendar }}.from_minute * 60000000
    ))
{%- endmacro %}

{#- Business time from one moment to another, in microseconds. -#}
{% macro business_time_between(from_row, from_moment, to_row, to_moment) -%}
    {{ dbt_satisfaction.business_time(to_row, to_moment) }} - {{ dbt_satisfaction.business_time(from_row, from_moment) }}
{%- endmacro %}

{#- The stretch of months in which an answer is a customer's latest: from_month <= month < to_month (null = without end).
    For a relation with customer_id, survey_id and answered_on; where both are the same month a later answer took over. -#}
{% macro stretch_of_answer() -%}
    cast(date_trunc('month', answered_on) as date) as from_month,
        cast(date_trunc(
            'month', lead(answered_on) over (partition by customer_id order by answered_on, survey_id)
        ) as date) as to_month
{%- endmacro %}
