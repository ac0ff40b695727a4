{#- Names that are no more, as the meta of method_rows lists them (models/method/_method.yml): who still uses one is told what
    took its place. Nothing is known of them while dbt parses. -#}
{% macro retired_names(kind) %}
    {%- set names = graph.nodes['model.dbt_satisfaction.method_rows'].config.meta.retired if execute else [] -%}
    {{- return(names | selectattr('kind', 'equalto', kind) | list) -}}
{% endmacro %}

{#- What to say of a var, a table or a column (table.column) that is retired; none of one that is not. -#}
{% macro retired(kind, name) %}
    {%- for entry in dbt_satisfaction.retired_names(kind) if entry.name | lower == name | string | lower -%}
        {{- return("retired (" ~ entry.since ~ "). Use " ~ entry.instead ~ ".") -}}
    {%- endfor -%}
    {{- return(none) -}}
{% endmacro %}

{#- Vars that were given under a name that is retired: dbt itself passes over them in silence. -#}
{% macro wrong_retired_vars() %}
    {%- set wrong = [] -%}
    {%- for entry in dbt_satisfaction.retired_names('var') if var(entry.name, none) is not none -%}
        {%- do wrong.append("var " ~ entry.name ~ ": " ~ dbt_satisfaction.retired('var', entry.name)) -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{% endmacro %}

{#- Stops the build where a table, or a column of a table, of a retired name was met. -#}
{% macro stop_for_retired(place, table, column=none) %}
    {%- set kind = 'column' if column else 'table' -%}
    {%- set says = dbt_satisfaction.retired(kind, [table, column] | select | join('.')) -%}
    {%- if says -%}
        {{ exceptions.raise_compiler_error(place ~ ": the " ~ kind ~ " " ~ (column or table) ~ " is " ~ says) }}
    {%- endif -%}
{% endmacro %}
