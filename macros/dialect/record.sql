{#- What the record of builds (macros/core/record.sql) asks of an engine. What differs: how files are listed, what is
    read-only, and that a table of Parquet files on Spark knows no delete. -#}
{% macro file_stamps(folder) %}{{ return(adapter.dispatch('file_stamps', 'dbt_satisfaction')(folder)) }}{% endmacro %}

{% macro duckdb__file_stamps(folder) %}
    {%- set stamps = [] -%}
    {%- set tables = dbt_satisfaction.raw_tables() + dbt_satisfaction.method_names() -%}
    {%- for name in dbt_satisfaction.list_files(folder)
        if name.split('.')[-1] in ['csv', 'parquet'] and name.split('/')[0].split('.')[0] in tables -%}
        {%- do stamps.append(dbt_satisfaction.path_literal(folder ~ '/' ~ name)) -%}
    {%- endfor -%}
    {%- if not stamps -%}{{- return([]) -}}{%- endif -%}
    {%- set found = run_query("select concat_ws(' ', filename, size, epoch_us(last_modified)) from read_blob([" ~ stamps | join(', ') ~ "]) order by 1") -%}
    {{- return(found.columns[0].values() | list) -}}
{% endmacro %}

{% macro spark__file_stamps(folder) %}
    {%- set found = run_query("select concat_ws(' ', path, length, unix_micros(modificationTime)) from binaryFile."
        ~ dbt_satisfaction.spark_path(folder) ~ " with ('recursiveFileLookup' = 'true') order by 1") -%}
    {{- return(found.columns[0].values() | list) -}}
{% endmacro %}

{% macro is_writable() %}{{ return(adapter.dispatch('is_writable', 'dbt_satisfaction')()) }}{% endmacro %}

{% macro duckdb__is_writable() %}
    {{- return(not run_query("select readonly from duckdb_databases() where database_name = current_database()").columns[0].values()[0]) -}}
{% endmacro %}

{% macro spark__is_writable() %}{{ return(true) }}{% endmacro %}

{% macro forget_old_records() %}{{ return(adapter.dispatch('forget_old_records', 'dbt_satisfaction')()) }}{% endmacro %}

{% macro duckdb__forget_old_records() %}
    {%- set nodes, events = dbt_satisfaction.record_table('build_nodes'), dbt_satisfaction.record_table('build_events') -%}
    {%- do run_query("delete from " ~ nodes ~ " where (unique_id, finished_at) not in (select unique_id, max(finished_at) from " ~ nodes
        ~ " group by unique_id)") -%}
    {%- do run_query("delete from " ~ events ~ " where invocation_id not in (select invocation_id from " ~ nodes
        ~ ") and invocation_id in (select invocation_id from " ~ events ~ " where event = 'end')") -%}
{% endmacro %}

{% macro spark__forget_old_records() %}{% endmacro %}
