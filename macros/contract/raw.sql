{#- Nothing is read before the method tables are known to be right. -#}
{% macro raw(table) %}
    {%- do ref('py_method_gate') -%}
    {%- if table == 'transactions' -%}{%- do ref('method_status_codes') -%}{%- endif -%}
    {%- if table in ['actions', 'next_action_results'] -%}{%- do ref('method_rows') -%}{%- endif -%}
    {%- set mode = var('raw_mode') -%}
    {%- if mode == 'demo' -%}
        {{- return(ref('raw_' ~ table)) -}}
    {%- elif mode == 'tables' -%}
        {%- set relation = dbt_satisfaction.raw_relation(table) -%}
        {{- return(relation if execute and relation and load_relation(relation) else dbt_satisfaction.no_rows(table)) -}}
    {%- elif mode == 'files' -%}
        {%- set path = dbt_satisfaction.find_file(var('raw_dir'), table) if execute -%}
        {{- return(dbt_satisfaction.read_file(path) if path else dbt_satisfaction.no_rows(table)) -}}
    {%- endif -%}
{% endmacro %}

{#- Who names models means these: a table of the schema that happens to be called transactions is then read only where
    raw_identifiers names it. -#}
{% macro raw_relation(table) %}
    {%- set model = dbt_satisfaction.own_model('raw_models', table) -%}
    {%- if model or (var('raw_models') and table not in var('raw_identifiers')) -%}
        {{- return(model) -}}
    {%- endif -%}
    {{- return(source('raw', table)) -}}
{% endmacro %}

{% macro raw_column(column, types) -%}
    {%- if column.source_name | lower in types -%}
        {%- set text = dbt_satisfaction.as_text(dbt_satisfaction.quoted_name(column.source_name), types[column.source_name | lower]) -%}
        {{ dbt_satisfaction.clean_key(text) if column.key or column.required else dbt_satisfaction.clean_text(text) }}
    {%- else -%}
        cast({{ dbt_satisfaction.text_literal(column.when_absent) if column.when_absent else 'null' }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

{% macro raw_text(name, types) -%}
    {{ dbt_satisfaction.clean_text(dbt_satisfaction.as_text(dbt_satisfaction.quoted_name(name), types[name | lower])) }}
{%- endmacro %}

{#- It is to be asked while dbt parses too: a model that asks depends on the source. -#}
{% macro raw_has(table, name) %}
    {{- return(name in dbt_satisfaction.raw_fields(table) | map(attribute='name') | map('lower')) -}}
{% endmacro %}

{% macro no_rows(table) %}
    {{- return("(select cast(null as " ~ dbt.type_string() ~ ") as nothing where 1 = 0) as no_" ~ table) -}}
{% endmacro %}

{% macro raw_fields(table) %}
    {%- if not execute -%}
        {#- dbt must know what a model asks for its columns -#}
        {%- do dbt_satisfaction.raw(table) -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- set mode = var('raw_mode') -%}
    {%- set place = var('raw_models').get(table, table) -%}
    {%- set fields = [] -%}
    {%- if mode == 'files' -%}
        {%- set path = dbt_satisfaction.find_file(var('raw_dir'), table) -%}
        {%- set place = path or table -%}
        {%- set fields = dbt_satisfaction.file_fields(path) if path else [] -%}
    {%- else -%}
        {%- set relation = ref('raw_' ~ table) if mode == 'demo' else dbt_satisfaction.raw_relation(table) -%}
        {%- set fields = dbt_satisfaction.relation_fields(relation) if relation else [] -%}
    {%- endif -%}
    {%- set present = fields | map(attribute='name') | list -%}
    {%- set known = dbt_satisfaction.contract(table) | map(attribute='source_name') | map('lower') | list -%}
    {%- for name in present if name | lower not in known -%}
        {%- do dbt_satisfaction.stop_for_retired(place, table, name) -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for column in dbt_satisfaction.contract(table) if fields and (column.key is true or column.is_extra or column.required) -%}
        {%- if column.source_name | lower not in present | map('lower') -%}{%- do missing.append(column.source_name) -%}{%- endif -%}
    {%- endfor -%}
    {%- do dbt_satisfaction.stop_for_missing_columns(place, missing, present) -%}
    {{- return(fields) -}}
{% endmacro %}

{% macro stop_for_missing_columns(place, missing, present) %}
    {%- set hint = '' -%}
    {%- if present and modules.re.search('[;|\\t]', present[0]) -%}
        {%- set hint = ' The header looks separated by something else than commas: save the file with commas.' -%}
    {%- endif -%}
    {%- set wrong = [] -%}
    {%- for column in missing -%}
        {%- do wrong.append(place ~ ": column " ~ column ~ " is missing (found: " ~ present | join(', ') | truncate(200) ~ "). "
            ~ "Add the column, or rename the one that holds it." ~ hint) -%}
    {%- endfor -%}
    {%- if wrong -%}{{ exceptions.raise_compiler_error(wrong | join('\n')) }}{%- endif -%}
{% endmacro %}

{#- They are shown in row_accounting, so that no column is dropped silently. -#}
{% macro ignored_columns(table) %}
    {%- set others = dbt_satisfaction.other_columns(table) -%}
    {%- if table == 'survey_wide' -%}
        {{- return(others | reject('in', dbt_satisfaction.wide_questions().keys()) | list) -}}
    {%- endif -%}
    {{- return(others) -}}
{% endmacro %}

{% macro other_columns(table) %}
    {%- set known = dbt_satisfaction.contract(table) | map(attribute='source_name') | map('lower') | list -%}
    {%- set others = [] -%}
    {#- pandas writes the index of a frame as __index_level_0__: no column of anybody's data -#}
    {%- for field in dbt_satisfaction.raw_fields(table)
        if field.name | lower not in known and not field.name.startswith('__index_level_') -%}
        {%- do others.append(field.name) -%}
    {%- endfor -%}
    {{- return(others) -}}
{% endmacro %}

{% macro checked_source() %}
    {%- if var('raw_mode') == 'files' -%}
        {%- set method = [] if var('method_dir') else dbt_satisfaction.method_names() -%}
        {%- do dbt_satisfaction.checked_folder(var('raw_dir'), dbt_satisfaction.raw_tables(), method) -%}
    {%- elif var('raw_mode') == 'tables' -%}
        {%- do dbt_satisfaction.checked_schema() -%}
    {%- endif -%}
    {%- if var('method_dir') -%}
        {%- do dbt_satisfaction.checked_folder(var('method_dir'), dbt_satisfaction.method_names()) -%}
    {%- endif -%}
{% endmacro %}

{% macro checked_folder(folder, needed, also=[]) %}
    {%- set found = [] -%}
    {%- set files = dbt_satisfaction.files_in(folder) -%}
    {%- set wrong = [] -%}
    {%- for table in needed + also -%}
        {%- set path = dbt_satisfaction.file_of(files, folder, table) -%}
        {%- if path -%}
            {%- do dbt_satisfaction.check_file(path) -%}
            {%- do found.append(table) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in files -%}
        {%- set table = (name | lower).split('.')[0].split('/')[0] -%}
        {%- do dbt_satisfaction.stop_for_retired(folder ~ "/" ~ name, table) -%}
        {%- set is_nested_part = name.count('/') > 1 and name.endswith('.parquet') -%}
        {%- if table in needed + also and (table not in found or is_nested_part) -%}
            {%- do wrong.append(folder ~ "/" ~ name ~ ": this file is not read. Put the table into " ~ table
                ~ ".csv (UTF-8, commas), " ~ table ~ ".parquet or " ~ table ~ "/*.parquet; rename the file if it is something else.") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if wrong -%}{{ exceptions.raise_compiler_error(wrong | join('\n')) }}{%- endif -%}
    {%- if not found | select('in', needed) | list -%}
        {{ exceptions.raise_compiler_error(folder ~ ": none of the tables is there as .csv or .parquet. Put in one or more of "
            ~ needed | join(', ') ~ ".") }}
    {%- endif -%}
{% endmacro %}

{% macro checked_schema() %}
    {%- set found = [] -%}
    {%- for table in dbt_satisfaction.raw_tables() -%}
        {%- set relation = source('raw', table) -%}
        {#- a model is not looked for: dbt builds it before it is read -#}
        {%- if table in var('raw_models') or load_relation(relation) -%}
            {%- do found.append(table) -%}
        {%- elif table in var('raw_identifiers') -%}
            {{ exceptions.raise_compiler_error("var raw_identifiers: there is no table " ~ relation ~ " for " ~ table
                ~ ". Correct the name, or remove it if there is no such table.") }}
        {%- endif -%}
    {%- endfor -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error("raw_mode tables: none of the tables is in the schema " ~ source('raw', 'customers').without_identifier()
            ~ ". Set raw_database and raw_schema, raw_identifiers where tables have other names, or raw_models for models of your project.") }}
    {%- endif -%}
{% endmacro %}
