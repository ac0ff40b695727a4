{#- The day between is one of grace for time zones. A row from after that cannot be true, and a mistyped year must not
    become the newest date in the data. It is a literal, so that no model asks for the current date. -#}
{% macro first_future_day() -%}
    {%- if var('as_of_date') -%}
        {%- set last_day = modules.datetime.datetime.strptime(var('as_of_date') | string, '%Y-%m-%d') -%}
    {%- else -%}
        {%- set last_day = run_started_at + modules.datetime.timedelta(days=1) -%}
    {%- endif -%}
    cast('{{ (last_day + modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d') }}' as timestamp)
{%- endmacro %}

{% macro age_in_years(born, at) -%}
    cast(floor(
        (year({{ at }}) * 10000 + month({{ at }}) * 100 + day({{ at }})
        - year({{ born }}) * 10000 - month({{ born }}) * 100 - day({{ born }})) / 10000
    ) as integer)
{%- endmacro %}

{% macro as_of_date() -%}
    cast({{ "'" ~ var('as_of_date') ~ "'" if var('as_of_date') else 'null' }} as date)
{%- endmacro %}

{% macro minute_of(time) -%}
    (cast(split_part({{ time }}, ':', 1) as integer) * 60 + cast(split_part({{ time }}, ':', 2) as integer))
{%- endmacro %}

{% macro falls_into(calendar, moment) -%}
    {{ calendar }}.day = cast({{ moment }} as date)
    and hour({{ moment }}) * 60 + minute({{ moment }}) >= {{ calendar }}.from_minute
    and hour({{ moment }}) * 60 + minute({{ moment }}) < {{ calendar }}.to_minute
{%- endmacro %}

{% macro business_time(calendar, moment) -%}
    ({{ calendar }}.minutes_before * 60000000 + least(
        {{ calendar }}.open_minutes * 60000000,
        {{ dbt_satisfaction.microseconds_between('cast(' ~ calendar ~ '.day as timestamp)', moment) }}
        - {{ calendar }}.from_minute * 60000000
    ))
{%- endmacro %}

{% macro business_time_between(from_row, from_moment, to_row, to_moment) -%}
    {{ dbt_satisfaction.business_time(to_row, to_moment) }} - {{ dbt_satisfaction.business_time(from_row, from_moment) }}
{%- endmacro %}

{#- Where both are the same month a later answer took over. -#}
{% macro stretch_of_answer() -%}
    cast(date_trunc('month', answered_on) as date) as from_month,
        cast(date_trunc(
            'month', lead(answered_on) over (partition by customer_id order by answered_on, survey_id)
        ) as date) as to_month
{%- endmacro %}
