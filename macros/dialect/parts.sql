{% macro parts_of(text) %}{{ return(adapter.dispatch('parts_of', 'dbt_satisfaction')(text)) }}{% endmacro %}

{%- macro between_parts() -%}{{ return('[ ]*([/;,、，；或()（）]| or | - | – | — )[ ]*') }}{%- endmacro -%}

{% macro duckdb__parts_of(text) -%}
    unnest(regexp_split_to_array({{ text }}, '{{ dbt_satisfaction.between_parts() }}'))
{%- endmacro %}

{% macro spark__parts_of(text) -%}
    explode(split({{ text }}, '{{ dbt_satisfaction.between_parts() }}'))
{%- endmacro %}
