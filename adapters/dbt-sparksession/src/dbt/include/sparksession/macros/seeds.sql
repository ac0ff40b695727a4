{% macro sparksession__load_csv_rows(model, agate_table) %}
    {%- do adapter.load_seed(this, agate_table, model['config'].get('column_types', {})) -%}
    {{ return('') }}
{% endmacro %}

{#- As dbt-spark's, with types translated: text is string. -#}
{% macro sparksession__create_csv_table(model, agate_table) %}
    {%- set column_types = model['config'].get('column_types', {}) -%}
    {%- set quoted = model['config'].get('quote_columns', none) -%}
    {%- do adapter.clear_leftovers(this) -%}
    {% set sql %}
        create table {{ this.render() }} (
        {%- for name in agate_table.column_names %}
            {{ adapter.quote_seed_column(name | string, quoted) }}
            {{ api.Column.translate_type(column_types.get(name, adapter.convert_type(agate_table, loop.index0))) }}
            {{- ', ' if not loop.last }}
        {%- endfor %}
        )
        {{ file_format_clause() }}
        {{ partition_cols(label='partitioned by') }}
        {{ clustered_cols(label='clustered by') }}
        {{ location_clause() }}
        {{ comment_clause() }}
    {% endset %}
    {% call statement('_') %}{{ sql }}{% endcall %}
    {{ return(sql) }}
{% endmacro %}
