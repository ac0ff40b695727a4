{% macro contract(table) %}
    {%- set columns = [] -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw' and node.name == table
        and node.package_name == 'dbt_satisfaction' -%}
        {%- for name, column in node.columns.items() -%}
            {%- set rule = {'name': name, 'source_name': name, 'type': column.data_type, 'is_extra': false} -%}
            {%- do rule.update(column.config.meta or {}) -%}
            {%- do columns.append(rule) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, type in dbt_satisfaction.declared_columns(table).items() -%}
        {%- set known = dbt_satisfaction.extra_types().get(type, 'string') -%}
        {%- do columns.append({'name': 'x_' ~ name, 'source_name': name | string, 'type': known, 'is_extra': true}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

{% macro extra_types() %}
    {{- return({'text': 'string', 'number': 'double', 'integer': 'integer', 'date': 'date', 'timestamp': 'timestamp',
                'boolean': 'boolean'}) -}}
{% endmacro %}

{#- checked_vars says what is wrong in the var. -#}
{% macro declared_columns(table) %}
    {%- set declared = var('extra_columns').get(table) if var('extra_columns') is mapping -%}
    {{- return(declared if declared is mapping else {}) -}}
{% endmacro %}

{% macro prefixed(prefix, names) %}
    {%- set out = [] -%}
    {%- for name in names %}{%- do out.append(prefix ~ name) -%}{%- endfor -%}
    {{- return(out) -}}
{% endmacro %}
