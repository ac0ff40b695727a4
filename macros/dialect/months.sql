{#- Arithmetic of months and days. What differs between engines: names of functions and how a series of dates is made. -#}

{% macro add_months(month, n) %}{{ return(adapter.dispatch('add_months', 'dbt_satisfaction')(month, n)) }}{% endmacro %}

{% macro duckdb__add_months(month, n) -%}
    cast({{ month }} + to_months({{ n }}) as date)
{%- endmacro %}

{% macro spark__add_months(month, n) -%}
    add_months({{ month }}, cast({{ n }} as integer))
{%- endmacro %}

{% macro each_month(first, last) %}{{ return(adapter.dispatch('each_month', 'dbt_satisfaction')(first, last)) }}{% endmacro %}

{% macro duckdb__each_month(first, last) -%}
    cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 month)) as date)
{%- endmacro %}

{#- Spark raises an error where the last month is before the first. -#}
{% macro spark__each_month(first, last) -%}
    explode(case
        when cast({{ first }} as date) <= cast({{ last }} as date)
            then sequence(cast({{ first }} as date), cast({{ last }} as date), interval 1 month)
    end)
{%- endmacro %}

{% macro each_day(first, last) %}{{ return(adapter.dispatch('each_day', 'dbt_satisfaction')(first, last)) }}{% endmacro %}

{% macro duckdb__each_day(first, last) -%}
    cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first, last) -%}
    explode(case
        when cast({{ first }} as date) <= cast({{ last }} as date)
            then sequence(cast({{ first }} as date), cast({{ last }} as date), interval 1 day)
    end)
{%- endmacro %}

{% macro iso_weekday(day) %}{{ return(adapter.dispatch('iso_weekday', 'dbt_satisfaction')(day)) }}{% endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}

{% macro months_between(earlier, later) -%}
    ((year({{ later }}) - year({{ earlier }})) * 12 + month({{ later }}) - month({{ earlier }}))
{%- endmacro %}
