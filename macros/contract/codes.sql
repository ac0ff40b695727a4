{#- A column of codes (status, severity) whose words nobody knows: their rows drop out, and they are of one kind. -#}

{% macro stop_for_unknown_codes(table, refused, n_rows) %}
    {%- set by_name = {} -%}
    {%- for column in (dbt_satisfaction.contract(table) if execute else []) if column.codes -%}
        {%- do by_name.update({column.name: column}) -%}
    {%- endfor -%}
    {%- set wrong = [] -%}
    {%- if by_name and load_relation(refused) -%}
        {%- set found = run_query(
            "select reject_column, lower(reject_value), count(*) from " ~ refused ~ " where reject_reason = 'unknown_code' and source_table = '"
            ~ table ~ "' group by 1, 2 order by 3 desc, 2"
        ).rows -%}
        {%- set n_all = run_query("select " ~ n_rows).columns[0].values()[0] if found else 0 -%}
        {%- for name, column in by_name.items() -%}
            {%- set rows = found | selectattr(0, 'equalto', name) | list -%}
            {%- set n = rows | map(attribute=2) | sum -%}
            {%- if n >= 3 and n > var('max_unknown_codes') * n_all -%}
                {%- do wrong.append(dbt_satisfaction.unknown_codes_message(table, column, rows, n ~ " of " ~ n_all)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if wrong -%}{{ exceptions.raise_compiler_error(wrong | join('\n')) }}{%- endif -%}
{% endmacro %}

{% macro unknown_codes_message(table, column, rows, many) %}
    {%- set shown = [] -%}
    {%- set pasted = ['code,' ~ column.name] -%}
    {%- for row in rows[:20] -%}
        {%- do shown.append((row[1] | truncate(60)) ~ " (" ~ row[2] ~ ")") -%}
        {%- do pasted.append(('"' ~ row[1] | replace('"', '""') ~ '"' if ',' in row[1] or '"' in row[1] else row[1]) ~ ',?') -%}
    {%- endfor -%}
    {%- if rows | length > 20 -%}{%- do shown.append("and " ~ (rows | length - 20) ~ " more") -%}{%- endif -%}
    {%- set says = table ~ "." ~ column.name ~ ": " ~ many ~ " rows hold a code that is not known, and would drop out: " ~ shown | join(', ') ~ ". Fix: " -%}
    {%- set options = column.codes | join(', ') -%}
    {%- if column.codes_from -%}
        {{- return(says ~ "add to the method table " ~ column.codes_from | replace('method_', '') ~ " what each of them means, one of " ~ options ~ ":\n"
            ~ pasted | join('\n')) -}}
    {%- endif -%}
    {{- return(says ~ "write one of " ~ options ~ ". The var max_unknown_codes says what share may drop out.") -}}
{% endmacro %}
