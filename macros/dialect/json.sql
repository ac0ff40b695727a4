{#- What differs between engines: how a struct is written. -#}
{% macro row_json(columns) %}{{ return(adapter.dispatch('row_json', 'dbt_satisfaction')(columns)) }}{% endmacro %}

{% macro duckdb__row_json(columns) -%}
    cast(to_json({ {% for name in columns %}'{{ name }}': {{ name }}{{ ", " if not loop.last }}{% endfor %} }) as varchar)
{%- endmacro %}

{#- Spark leaves out what is null unless it is told not to. -#}
{% macro spark__row_json(columns) -%}
    to_json(
        named_struct({% for name in columns %}'{{ name }}', {{ name }}{{ ", " if not loop.last }}{% endfor %}),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}

{% macro json_text(json, name) %}{{ return(adapter.dispatch('json_text', 'dbt_satisfaction')(json, name)) }}{% endmacro %}

{% macro duckdb__json_text(json, name) %}{{ return(json ~ " ->> '" ~ name ~ "'") }}{% endmacro %}

{% macro spark__json_text(json, name) %}{{ return("get_json_object(" ~ json ~ ", '$." ~ name ~ "')") }}{% endmacro %}
