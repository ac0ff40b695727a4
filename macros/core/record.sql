{#- What the build file says of itself: which dbt command built each table, from which raw rows and by which code, and
    when each check passed. scripts/record.py reads it; nothing is published on any other word. Rows are only added,
    as tables of Parquet files know no update. -#}
{% macro record_table(name) %}
    {%- set beside = graph.nodes['model.dbt_satisfaction.method_rows'] -%}
    {{- return(api.Relation.create(database=beside.database, schema=beside.schema, identifier=name) | string) -}}
{% endmacro %}

{#- Whatever comes next, the command has been at work here; its end says that it came to one. -#}
{% macro record_start() %}
    {%- if execute and dbt_satisfaction.is_recorded() -%}
        {%- set text = dbt.type_string() -%}
        {%- do run_query("create schema if not exists " ~ graph.nodes['model.dbt_satisfaction.method_rows'].schema) -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_events') ~ " (invocation_id " ~ text
            ~ ", event " ~ text ~ ", happened_at timestamp, command " ~ text ~ ", code_version " ~ text ~ ", files_version " ~ text
            ~ ", tables_version " ~ text ~ ", has_all_rows boolean)") -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_nodes') ~ " (invocation_id " ~ text
            ~ ", unique_id " ~ text ~ ", kind " ~ text ~ ", name " ~ text ~ ", status " ~ text
            ~ ", started_at timestamp, finished_at timestamp)") -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_deliveries') ~ " (invocation_id " ~ text
            ~ ", happened_at timestamp, source_id " ~ text ~ ", table_name " ~ text ~ ", raw_rows bigint, accepted_rows bigint)") -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_readers') ~ " (invocation_id " ~ text
            ~ ", happened_at timestamp, published_for " ~ text ~ ")") -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_vars') ~ " (invocation_id " ~ text
            ~ ", happened_at timestamp, vars " ~ text ~ ")") -%}
        {%- do run_query("create table if not exists " ~ dbt_satisfaction.record_table('build_cells') ~ " (invocation_id " ~ text
            ~ ", happened_at timestamp, min_cell " ~ text ~ ")") -%}
        {%- do dbt_satisfaction.forget_old_records() -%}
        {%- do dbt_satisfaction.record_event('start') -%}
    {%- endif -%}
{% endmacro %}

{% macro record_end(results) %}
    {%- if execute and dbt_satisfaction.is_recorded() -%}
        {%- set rows = [] -%}
        {%- set wrong, built, checked = [], [], [] -%}
        {%- for result in results if result.node.resource_type in ['model', 'seed', 'test'] -%}
            {%- set status = result.status | string -%}
            {%- if status not in ['success', 'pass'] -%}{%- do wrong.append(status) -%}{%- endif -%}
            {%- set ran = result.timing | selectattr('name', 'equalto', 'execute') | list -%}
            {%- if status != 'skipped' and result.node.package_name == 'dbt_satisfaction' -%}
                {%- do built.append(result.node.name) if result.node.resource_type != 'test' -%}
                {%- do checked.append(result.node.name) if result.node.resource_type == 'test' -%}
                {%- set times = [ran[0].started_at, ran[0].completed_at] if ran and ran[0].completed_at else [run_started_at, run_started_at] -%}
                {%- do rows.append("('" ~ invocation_id ~ "', '" ~ result.node.unique_id ~ "', '" ~ result.node.resource_type ~ "', '"
                    ~ result.node.name ~ "', '" ~ status ~ "', " ~ dbt_satisfaction.record_time(times[0]) ~ ", "
                    ~ dbt_satisfaction.record_time(times[1]) ~ ")") -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if rows -%}
            {%- do dbt_satisfaction.write_record("insert into " ~ dbt_satisfaction.record_table('build_nodes') ~ " values " ~ rows | join(', ')) -%}
        {%- endif -%}
        {%- if not wrong and 'row_accounting' in built and 'deliveries_are_accepted' in checked -%}
            {%- do dbt_satisfaction.record_deliveries() -%}
        {%- endif -%}
        {%- if built -%}{%- do dbt_satisfaction.record_told() -%}{%- endif -%}
        {%- do dbt_satisfaction.record_event('end', built | length > 0) -%}
    {%- endif -%}
{% endmacro %}

{% macro is_recorded() %}
    {{- return(flags.WHICH in ['build', 'run', 'seed', 'test'] and dbt_satisfaction.is_writable()) -}}
{% endmacro %}

{#- Raw tables are looked at when all is built, as some may be built first; and only by who has built something from
    them. -#}
{% macro record_event(event, has_built=false) %}
    {%- set is_end = event == 'end' -%}
    {%- set moment = dbt_satisfaction.record_now() if is_end else dbt_satisfaction.record_time(run_started_at) -%}
    {%- do dbt_satisfaction.write_record("insert into " ~ dbt_satisfaction.record_table('build_events') ~ " values ('" ~ invocation_id ~ "', '" ~ event ~ "', "
        ~ moment ~ ", '" ~ flags.WHICH ~ "', '"
        ~ (dbt_satisfaction.code_version() ~ dbt_satisfaction.package_version() if is_end) ~ "', '"
        ~ dbt_satisfaction.files_version() ~ "', '" ~ (dbt_satisfaction.tables_version() if has_built) ~ "', "
        ~ (not (flags.EMPTY or flags.SAMPLE)) ~ ")") -%}
{% endmacro %}

{% macro package_version() %}
    {%- set there = dbt_satisfaction.relation_of(graph.nodes['model.dbt_satisfaction.py_package_version']) -%}
    {{- return(run_query("select version from " ~ there).columns[0].values() | first if there else '') -}}
{% endmacro %}

{#- A hook that looks something up before has a transaction open, which nobody commits. -#}
{% macro write_record(sql) %}
    {%- call statement('record') -%}{{ sql }}{%- endcall -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{% macro record_time(moment) -%}
    timestamp '{{ (moment | string)[:26] | replace('T', ' ') | replace('+00:00', '') | replace('Z', '') }}'
{%- endmacro %}

{% macro record_now() %}
    {{- return(dbt_satisfaction.record_time(modules.datetime.datetime.now(modules.pytz.utc))) -}}
{% endmacro %}

{#- These have tables of their own: build files of before get new tables, but no new columns. -#}
{% macro record_told() %}
    {%- set told = {'build_readers': var('published_for'), 'build_vars': toyaml(invocation_args_dict.vars or {}),
        'build_cells': var('min_cell') | string} -%}
    {%- for table, value in told.items() -%}
        {%- do dbt_satisfaction.write_record("insert into " ~ dbt_satisfaction.record_table(table) ~ " values ('" ~ invocation_id ~ "', "
            ~ dbt_satisfaction.record_now() ~ ", " ~ dbt_satisfaction.text_literal(value) ~ ")") -%}
    {%- endfor -%}
{% endmacro %}

{% macro record_deliveries() %}
    {%- do dbt_satisfaction.write_record("insert into " ~ dbt_satisfaction.record_table('build_deliveries') ~ " select '" ~ invocation_id ~ "', "
        ~ dbt_satisfaction.record_now() ~ ", '" ~ dbt_satisfaction.case_id() ~ "', table_name, raw_rows, accepted_rows from "
        ~ dbt_satisfaction.relation_of(graph.nodes['model.dbt_satisfaction.row_accounting'])) -%}
{% endmacro %}

{% macro raw_place() %}
    {{- return(tojson([var('raw_mode'), var('raw_dir') | string, var('raw_database') | string, var('raw_schema') | string,
        var('raw_identifiers') | string, var('raw_models') | string])) -}}
{% endmacro %}

{#- It is hashed, since a path is nobody's business. -#}
{% macro case_id() %}
    {{- return(local_md5(var('case_name') | string if var('case_name') else modules.re.sub('[0-9]+', '0', dbt_satisfaction.raw_place()))) -}}
{% endmacro %}

{#- This is cheap, so it is asked at both ends of a command, and files that change while they are read are found out. -#}
{% macro files_version() %}
    {%- set files = [] -%}
    {%- for folder in [var('raw_dir') if var('raw_mode') == 'files', var('method_dir')] if folder -%}
        {%- do files.append(dbt_satisfaction.file_stamps(folder)) -%}
    {%- endfor -%}
    {{- return(local_md5(tojson(files))) -}}
{% endmacro %}

{% macro tables_version() %}
    {%- set found = [local_md5(dbt_satisfaction.raw_place())] -%}
    {%- for table in dbt_satisfaction.raw_tables() if var('raw_mode') != 'files' -%}
        {%- set node = dbt_satisfaction.raw_node(table) -%}
        {%- set there = dbt_satisfaction.relation_of(node) if node -%}
        {%- if there -%}
            {%- set columns = adapter.get_columns_in_relation(there) | map(attribute='quoted') | list -%}
            {%- set hashed = run_query("select count(*), " ~ dbt_satisfaction.fingerprint(columns) ~ " from " ~ there) -%}
            {%- do found.append(table ~ ' ' ~ hashed.columns[0].values()[0] ~ ' ' ~ hashed.columns[1].values()[0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(local_md5(found | join(', '))) -}}
{% endmacro %}

{#- Hooks may not use ref. -#}
{% macro raw_node(table) %}
    {%- set model = (var('raw_models').get(table, '') | string).split('.')[-1] -%}
    {%- if var('raw_mode') == 'demo' -%}
        {{- return(graph.nodes['seed.dbt_satisfaction.raw_' ~ table]) -}}
    {%- elif model -%}
        {{- return(graph.nodes.values() | selectattr('name', 'equalto', model) | first) -}}
    {%- elif not var('raw_models') or table in var('raw_identifiers') -%}
        {{- return(graph.sources['source.dbt_satisfaction.raw.' ~ table]) -}}
    {%- endif -%}
{% endmacro %}

{% macro relation_of(node) %}
    {{- return(load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier or node.alias))) -}}
{% endmacro %}
