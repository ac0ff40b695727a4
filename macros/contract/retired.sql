{% macro retired_names(kind) %}
    {%- set names = graph.nodes['model.dbt_satisfaction.method_rows'].config.meta.retired if execute else [] -%}
    {{- return(names | selectattr('kind', 'equalto', kind) | list) -}}
{% endmacro %}

{% macro retired(kind, name) %}
    {%- for entry in dbt_satisfaction.retired_names(kind) if entry.name | lower == name | string | lower -%}
        {{- return("retired (" ~ entry.since ~ "). Use " ~ entry.instead ~ ".") -}}
    {%- endfor -%}
    {{- return(none) -}}
{% endmacro %}

{#- dbt itself passes over them in silence. -#}
{% macro wrong_retired_vars() %}
    {%- set wrong = [] -%}
    {%- for entry in dbt_satisfaction.retired_names('var') if var(entry.name, none) is not none -%}
        {%- do wrong.append("var " ~ entry.name ~ ": " ~ dbt_satisfaction.retired('var', entry.name)) -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{% endmacro %}

{% macro stop_for_retired(place, table, column=none) %}
    {%- set kind = 'column' if column else 'table' -%}
    {%- set says = dbt_satisfaction.retired(kind, [table, column] | select | join('.')) -%}
    {%- if says -%}
        {{ exceptions.raise_compiler_error(place ~ ": the " ~ kind ~ " " ~ (column or table) ~ " is " ~ says) }}
    {%- endif -%}
{% endmacro %}
