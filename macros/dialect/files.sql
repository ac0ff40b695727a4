{#- Reading files. What differs between engines: everything. DuckDB's sniffer is never asked: on a row with too many
    fields it may take that row for the header and drop what stands above it. -#}

{% macro find_file(folder, table) %}{{ return(adapter.dispatch('find_file', 'dbt_satisfaction')(folder, table)) }}{% endmacro %}

{#- folder/table.csv, folder/table.parquet or the parts folder/table/*.parquet; none where there is none. -#}
{% macro duckdb__find_file(folder, table) %}
    {%- if not folder -%}{{ return(none) }}{%- endif -%}
    {%- set found = [] -%}
    {%- for pattern in [table ~ '.csv', table ~ '.parquet', table ~ '/*.parquet'] -%}
        {%- set path = folder ~ '/' ~ pattern -%}
        {%- set hits = run_query("select count(*) from glob('" ~ path | replace("'", "''") ~ "')") -%}
        {%- if hits.columns[0].values()[0] > 0 -%}{%- do found.append(path) -%}{%- endif -%}
    {%- endfor -%}
    {%- if found | length > 1 -%}
        {{ exceptions.raise_compiler_error(found | join(' and ') ~ ": the same table twice. Keep one of them.") }}
    {%- endif -%}
    {{- return(found[0] if found else none) -}}
{% endmacro %}

{% macro read_file(path) %}{{ return(adapter.dispatch('read_file', 'dbt_satisfaction')(path)) }}{% endmacro %}

{% macro duckdb__read_file(path) %}
    {%- set quoted = "'" ~ path | replace("'", "''") ~ "'" -%}
    {%- if path.endswith('.parquet') -%}
        {{- return("read_parquet(" ~ quoted ~ ", union_by_name = true)") -}}
    {%- endif -%}
    {%- set fields = [] -%}
    {%- for name in dbt_satisfaction.file_columns(path) -%}
        {%- do fields.append("'" ~ name | replace("'", "''") ~ "': 'VARCHAR'") -%}
    {%- endfor -%}
    {{- return("read_csv(" ~ quoted ~ ", header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {"
        ~ fields | join(', ') ~ "})") -}}
{% endmacro %}

{% macro file_columns(path) %}{{ return(adapter.dispatch('file_columns', 'dbt_satisfaction')(path)) }}{% endmacro %}

{% macro duckdb__file_columns(path) %}
    {%- set quoted = "'" ~ path | replace("'", "''") ~ "'" -%}
    {%- if path.endswith('.parquet') -%}
        {{- return(run_query("describe select * from read_parquet(" ~ quoted ~ ", union_by_name = true)").columns[0].values() | list) -}}
    {%- endif -%}
    {%- set lines = run_query("select line from read_csv(" ~ quoted ~ ", header = false, auto_detect = false, "
        ~ "delim = '\\x1f', quote = '', escape = '', columns = {'line': 'VARCHAR'}) limit 1").columns[0].values() -%}
    {%- if not lines or not lines[0] -%}
        {{ exceptions.raise_compiler_error(path ~ ": the file is empty. Write its header line, or remove the file if there is nothing to read.") }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for field in modules.re.findall('("(?:[^"]|"")*"|[^,]*)(?:,|$)', lines[0].strip())[:lines[0].count(',') + 1] -%}
        {%- do names.append(field.strip().strip('"').replace('""', '"').strip()) -%}
    {%- endfor -%}
    {%- if names[-1] == '' and names | length > 1 and not lines[0].strip().endswith(',') -%}{%- do names.pop() -%}{%- endif -%}
    {%- for name in names -%}
        {%- if name == '' or names | map('lower') | select('equalto', name | lower) | list | length > 1 -%}
            {{ exceptions.raise_compiler_error(path ~ ": column " ~ loop.index ~ " of the header is "
                ~ ("blank" if name == '' else "named '" ~ name ~ "' like another one") ~ ". Give every column a name of its own.") }}
        {%- endif -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}
