{#- The input contract as data: the columns of a raw table (models/base/_raw_*.yml) and those declared in extra_columns.
    Each is a dict: name, source_name, type, key (true | 'optional' | none), is_id, event, required, not_needed_when (another
    column: its codes), min, max, is_refundable, codes, codes_from, partial_codes, preview_codes, not_before, one_of_with, when_absent (value of a
    column that the source lacks), if_given, is_extra. -#}
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

{#- Types of extra columns, as users call them and as the contract does. -#}
{% macro extra_types() %}
    {{- return({'text': 'string', 'number': 'double', 'integer': 'integer', 'date': 'date', 'timestamp': 'timestamp',
                'boolean': 'boolean'}) -}}
{% endmacro %}

{#- The var extra_columns of one table, name to type. What is wrong in it, checked_vars says. -#}
{% macro declared_columns(table) %}
    {%- set declared = var('extra_columns').get(table) if var('extra_columns') is mapping -%}
    {{- return(declared if declared is mapping else {}) -}}
{% endmacro %}

{% macro prefixed(prefix, names) %}
    {%- set out = [] -%}
    {%- for name in names %}{%- do out.append(prefix ~ name) -%}{%- endfor -%}
    {{- return(out) -}}
{% endmacro %}
