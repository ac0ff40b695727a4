{#- The rows below it would land in the wrong columns, or nowhere. -#}
{% macro header_names(path, line) %}
    {%- set names = [] -%}
    {%- do dbt_satisfaction.check_header_line(path, line) -%}
    {%- for field in modules.re.findall('("(?:[^"]|"")*"[^,]*|[^,]*),', line ~ ',') -%}
        {%- set name = field.strip(dbt_satisfaction.blanks()) -%}
        {%- do names.append(name[1:-1].replace('""', '"').strip(dbt_satisfaction.blanks()) if name[:1] == '"' else name) -%}
    {%- endfor -%}
    {%- for name in names if name == '' or names | map('lower') | select('equalto', name | lower) | list | length > 1 -%}
        {{ exceptions.raise_compiler_error(path ~ ": " ~ ("a column of the header has no name" if name == ''
            else "two columns of the header are named '" ~ name ~ "'") ~ ". Give every column a name of its own.") }}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}

{% macro check_header_line(path, line) %}
    {%- if not line -%}
        {%- set wrong = "the first line is blank. Begin the file with its header line." -%}
    {%- elif modules.re.search('[\\x00-\\x08\\x0e-\\x1f]', line) -%}
        {%- set wrong = "not text in UTF-8 (an Excel workbook, or UTF-16?). Save it as 'CSV UTF-8'." -%}
    {%- elif '\r' in line -%}
        {%- set wrong = "its lines end with CR alone, as on old Macs. Save it with line ends LF or CRLF." -%}
    {%- elif line.count('"') % 2 -%}
        {%- set wrong = "the header opens a quote that its line does not close. Write the names on one line, quotes in pairs." -%}
    {%- endif -%}
    {%- if wrong -%}
        {{ exceptions.raise_compiler_error(path ~ ": " ~ wrong) }}
    {%- endif -%}
{% endmacro %}
