{#- Reading files. What differs between engines: everything. DuckDB's sniffer is never asked: on a row with too many
    fields it may take that row for the header and drop what stands above it. -#}

{% macro find_file(folder, table) %}
    {%- if not folder -%}{{ return(none) }}{%- endif -%}
    {{- return(dbt_satisfaction.file_of(dbt_satisfaction.files_in(folder), folder, table)) -}}
{% endmacro %}

{% macro file_of(files, folder, table) %}
    {%- set found = [] -%}
    {%- for name in [table ~ '.csv', table ~ '.parquet'] if name in files -%}
        {%- do found.append(folder ~ '/' ~ name) -%}
    {%- endfor -%}
    {%- for name in files if name.startswith(table ~ '/') and name.endswith('.parquet') and name.count('/') == 1 -%}
        {%- if loop.first -%}{%- do found.append(folder ~ '/' ~ table ~ '/*.parquet') -%}{%- endif -%}
    {%- endfor -%}
    {{- return(dbt_satisfaction.the_only(found)) -}}
{% endmacro %}

{% macro the_only(found) %}
    {%- if found | length > 1 -%}
        {{ exceptions.raise_compiler_error(found | join(' and ') ~ ": the same table twice. Keep one of them.") }}
    {%- endif -%}
    {{- return(found[0] if found else none) -}}
{% endmacro %}

{#- Models ask this often. -#}
{% macro files_in(folder) %}
    {%- set known = dbt_satisfaction.remembered('files') -%}
    {%- if folder not in known -%}{%- do known.update({folder: dbt_satisfaction.list_files(folder)}) -%}{%- endif -%}
    {{- return(known[folder]) -}}
{% endmacro %}

{% macro list_files(folder) %}{{ return(adapter.dispatch('list_files', 'dbt_satisfaction')(folder)) }}{% endmacro %}

{% macro duckdb__list_files(folder) %}
    {%- set start = dbt_satisfaction.path_literal(folder ~ '/') -%}
    {%- set asked = [] -%}
    {%- for pattern in ['*', '*/*', '*/*/*'] -%}
        {%- do asked.append("select " ~ loop.index ~ " as depth, file from glob(" ~ start ~ " || '" ~ pattern ~ "')") -%}
    {%- endfor -%}
    {%- set names = [] -%}
    {%- for row in run_query(asked | join(' union all ') ~ ' order by depth, file').rows -%}
        {%- do names.append((row[1] | replace('\\', '/')).split('/')[-(row[0] | int):] | join('/')) -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}

{#- Spark says whole paths, from the root of the file system. -#}
{% macro spark__list_files(folder) %}
    {%- set names = [] -%}
    {%- set start = '/' ~ modules.re.sub('/+$|^[.]/|.*[.][.]/', '', folder).strip('/') ~ '/' -%}
    {%- set files = run_query("select path from binaryFile." ~ dbt_satisfaction.spark_path(folder)
        ~ " with ('recursiveFileLookup' = 'true') order by path") -%}
    {%- for file in files.columns[0].values() -%}
        {%- do names.append(file.partition(start)[2]) -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}

{% macro spark_path(path) %}
    {%- set parts = '/*.parquet' if path.endswith('/*.parquet') else '' -%}
    {%- set letters = path[:path | length - parts | length] -%}
    {{- return(dbt_satisfaction.quoted_name(modules.re.sub('([\\\\*?\\[\\]{}])', '\\\\\\1', letters) ~ parts)) -}}
{% endmacro %}

{% macro path_literal(path) %}
    {%- set parts = '/*.parquet' if path.endswith('/*.parquet') else '' -%}
    {%- set letters = path[:path | length - parts | length] -%}
    {{- return(dbt_satisfaction.text_literal(modules.re.sub('([*?[])', '[\\1]', letters) ~ parts)) -}}
{% endmacro %}

{% macro read_file(path) %}{{ return(adapter.dispatch('read_file', 'dbt_satisfaction')(path)) }}{% endmacro %}

{% macro duckdb__read_file(path) %}
    {%- set place = dbt_satisfaction.path_literal(path) -%}
    {%- if path.endswith('.parquet') -%}
        {{- return("read_parquet(" ~ place ~ ", union_by_name = true)") -}}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in dbt_satisfaction.file_columns(path) -%}
        {%- do columns.append(dbt_satisfaction.text_literal(name) ~ ": 'VARCHAR'") -%}
    {%- endfor -%}
    {{- return("read_csv(" ~ place ~ ", header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {"
        ~ columns | join(', ') ~ "})") -}}
{% endmacro %}

{#- Spark names columns by the header as it stands: they get the names of the other engine. FAILFAST stops at a row that is
    too short or too long, and sees it only where all columns are parsed. A line ends with LF: with anything else Spark
    rewrites line ends within texts; the CR before an LF is a blank of the last column. -#}
{% macro spark__read_file(path) %}
    {%- set place = dbt_satisfaction.spark_path(path) -%}
    {%- if path.endswith('.parquet') -%}
        {{- return("parquet." ~ place ~ " with ('mergeSchema' = 'true')") -}}
    {%- endif -%}
    {%- if modules.re.search('[\\[\\]{}]', path) -%}
        {{ exceptions.raise_compiler_error(path ~ ": Spark reads no CSV file below a folder whose name holds [, ], { or }. Rename the folder.") }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in dbt_satisfaction.file_columns(path) -%}
        {%- do columns.append(dbt_satisfaction.quoted_name(name)) -%}
    {%- endfor -%}
    {{- return("csv." ~ place ~ " with ('header' = 'true', 'multiLine' = 'true', 'lineSep' = '\\n', 'quote' = '\"', 'escape' = '\"', "
        ~ "'ignoreLeadingWhiteSpace' = 'true', 'mode' = 'FAILFAST', 'columnPruning' = 'false', 'unescapedQuoteHandling' = 'RAISE_ERROR') "
        ~ "as file(" ~ columns | join(', ') ~ ")") -}}
{% endmacro %}

{% macro file_fields(path) %}
    {%- set known = dbt_satisfaction.remembered('fields') -%}
    {%- if path not in known -%}
        {%- set fields = [] -%}
        {%- if path.endswith('.parquet') -%}
            {%- for row in run_query("describe select * from " ~ dbt_satisfaction.read_file(path)).rows -%}
                {%- do fields.append({'name': row[0], 'type': row[1]}) -%}
            {%- endfor -%}
        {%- else -%}
            {%- for name in dbt_satisfaction.header_names(path, dbt_satisfaction.header_line(path)) -%}
                {%- do fields.append({'name': name, 'type': 'VARCHAR'}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do known.update({path: fields}) -%}
    {%- endif -%}
    {{- return(known[path]) -}}
{% endmacro %}

{% macro file_columns(path) %}
    {{- return(dbt_satisfaction.file_fields(path) | map(attribute='name') | list) -}}
{% endmacro %}

{% macro header_line(path) %}
    {%- set lines = run_query("select * from " ~ dbt_satisfaction.read_lines(path) ~ " limit 1").columns[0].values() -%}
    {%- if not lines -%}
        {{ exceptions.raise_compiler_error(path ~ ": the file is empty. Write its header line, or remove the file if there is nothing to read.") }}
    {%- endif -%}
    {{- return((lines[0] or '').strip(dbt_satisfaction.blanks())) -}}
{% endmacro %}

{% macro read_lines(path) %}{{ return(adapter.dispatch('read_lines', 'dbt_satisfaction')(path)) }}{% endmacro %}

{#- Strict mode would stumble over a line end within a quoted text further down. -#}
{% macro duckdb__read_lines(path) %}
    {{- return("read_csv(" ~ dbt_satisfaction.path_literal(path) ~ ", header = false, auto_detect = false, "
        ~ "strict_mode = false, delim = '\\x1f', quote = '', escape = '', columns = {'line': 'VARCHAR'})") -}}
{% endmacro %}

{% macro spark__read_lines(path) %}
    {{- return("text." ~ dbt_satisfaction.spark_path(path) ~ " with ('lineSep' = '\\n')") -}}
{% endmacro %}

{% macro check_file(path) %}{{ return(adapter.dispatch('check_file', 'dbt_satisfaction')(path)) }}{% endmacro %}

{#- DuckDB's reader itself stops at such a file. -#}
{% macro duckdb__check_file(path) %}{% endmacro %}

{#- What Spark's reader would pass over: bytes that are no UTF-8 become question marks, and a quote that is never closed
    takes all rows below it into one text. A quote within an unquoted text (5" pipe) opens nothing. -#}
{% macro spark__check_file(path) %}
    {%- if path.endswith('.csv') -%}
        {%- set found = run_query("select count_if(not is_valid_utf8(value)), "
            ~ "sum(regexp_count(value, '\"') - regexp_count(value, '[^,\"\\\\s]\"(?=[ \\t]*[^,\"\\\\s])')) % 2 "
            ~ "from " ~ dbt_satisfaction.read_lines(path)).rows[0] -%}
        {%- if found[0] -%}
            {{ exceptions.raise_compiler_error(path ~ ": not UTF-8 (often GBK from Excel). Save it as 'CSV UTF-8'.") }}
        {%- elif found[1] -%}
            {{ exceptions.raise_compiler_error(path ~ ": a quote is opened and never closed. Write a text that holds a quote in "
                ~ "quotes, its own quotes doubled.") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
