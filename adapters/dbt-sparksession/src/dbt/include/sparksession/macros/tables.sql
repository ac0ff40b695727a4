{#- A Python model: its code, and where its frame goes. Both kinds of model run in one session. -#}
{% macro sparksession__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set root = config.get('location_root', none) -%}
    {%- set path = root ~ '/' ~ model['alias'] if root else none -%}
    {%- if language == 'python' or not temporary -%}
        {%- do adapter.clear_leftovers(relation, none if temporary else path) -%}
    {%- endif -%}
    {%- if language != 'python' -%}
        {{ spark__create_table_as(temporary, relation, compiled_code, language) }}
    {%- else -%}
        {%- set target = {
            'relation': relation.render(),
            'file_format': config.get('file_format', 'parquet'),
            'partition_by': config.get('partition_by', none),
            'path': none if temporary else path,
        } -%}
{{ '\n' ~ compiled_code ~ '\ndbt_target = ' ~ target }}
    {%- endif -%}
{%- endmacro %}

{#- Spark's default format is Hive text where nothing else is said. -#}
{% macro sparksession__file_format_clause() -%}
    using {{ config.get('file_format', 'parquet') }}
{%- endmacro %}

{#- Parquet tables take no constraints; dbt-spark takes a table without file_format for one of Delta. -#}
{% macro sparksession__persist_constraints(relation, model) -%}
    {%- if config.get('file_format', 'parquet') == 'delta' -%}
        {{ spark__persist_constraints(relation, model) }}
    {%- endif -%}
{%- endmacro %}
