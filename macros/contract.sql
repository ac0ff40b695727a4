{#- The input contract as data: the columns of a raw table (models/base/_raw_*.yml) and those declared in extra_columns.
    Each is a dict: name, source_name, type, key (true | 'optional' | none), event, required, min, max, codes,
    not_before, one_of_with, when_absent (value of a column that the source lacks), is_extra. -#}
{% macro contract(table) %}
    {%- set types = {'text': 'string', 'number': 'double', 'integer': 'integer', 'date': 'date',
                     'timestamp': 'timestamp', 'boolean': 'boolean'} -%}
    {%- set columns = [] -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw' and node.name == table
        and node.package_name == 'dbt_satisfaction' -%}
        {%- for name, column in node.columns.items() -%}
            {%- set rule = {'name': name, 'source_name': name, 'type': column.data_type, 'is_extra': false} -%}
            {%- do rule.update(column.config.meta or {}) -%}
            {%- do columns.append(rule) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, type in var('extra_columns').get(table, {}).items() -%}
        {%- if type not in types -%}
            {{ exceptions.raise_compiler_error(
                "var extra_columns: " ~ table ~ "." ~ name ~ " has the type '" ~ type ~ "'. Use one of "
                ~ types | join(', ') ~ "."
            ) }}
        {%- endif -%}
        {%- do columns.append({'name': 'x_' ~ name, 'source_name': name, 'type': types[type], 'is_extra': true}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

{#- ", x_age, x_travel_class": the declared extra columns, for the end of a select list. -#}
{% macro extra_columns(table) -%}
    {%- for name in var('extra_columns').get(table, {}) %}, x_{{ name }}{% endfor -%}
{%- endmacro %}

{% macro prefixed(prefix, names) %}
    {%- set out = [] -%}
    {%- for name in names %}{%- do out.append(prefix ~ name) -%}{%- endfor -%}
    {{- return(out) -}}
{% endmacro %}
