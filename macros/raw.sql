{#- Where raw rows come from. raw('customers') is a relation with every column of the contract as clean text
    (trimmed, blank = null), whatever raw_mode is and whichever optional columns the source lacks. Dispatched, so that
    a project that uses this one as a package can feed it from models of its own. -#}

{% macro raw(table, also=[]) %}
    {{- return(adapter.dispatch('raw', 'dbt_satisfaction')(table, also)) -}}
{% endmacro %}

{#- also: further columns to carry, by their name in the source. -#}
{% macro default__raw(table, also=[]) -%}
    {#- nothing is read before the method tables are known to be right -#}
    {%- do ref('method_gate') -%}
    {%- set from_sql = dbt_satisfaction.raw_from(table) -%}
    {%- if not execute -%}
        {{- return('(select 1 as parsing)') -}}
    {%- endif -%}
    {%- set present = dbt_satisfaction.raw_columns(table) -%}
    {%- set columns = dbt_satisfaction.contract(table) -%}
    (
        select
            {%- for column in columns %}
            {% if column.source_name | lower in present | map('lower') -%}
                {{ dbt_satisfaction.clean_text(adapter.quote(column.source_name)) }}
            {%- else -%}
                cast({{ "'" ~ column.when_absent ~ "'" if column.when_absent else 'null' }} as {{ dbt.type_string() }})
            {%- endif %} as {{ column.name }}{{ "," if not loop.last }}
            {%- endfor %}
            {%- for name in also %},
            {{ dbt_satisfaction.clean_text(adapter.quote(name)) }} as {{ adapter.quote(name) }}
            {%- endfor %}
        from {{ from_sql }}
    )
{%- endmacro %}

{#- The from-clause behind raw(): a seed, a table, a file, or none where an optional table is absent. -#}
{% macro raw_from(table) %}
    {%- set mode = var('raw_mode') -%}
    {%- if mode == 'demo' -%}
        {{- return(ref('raw_' ~ table)) -}}
    {%- elif mode == 'tables' -%}
        {%- set relation = source('raw', table) -%}
        {{- return(relation if execute and load_relation(relation) else dbt_satisfaction.no_rows(table)) -}}
    {%- elif mode == 'files' -%}
        {%- set path = dbt_satisfaction.find_file(var('raw_dir'), table) if execute -%}
        {{- return(dbt_satisfaction.read_file(path) if path else dbt_satisfaction.no_rows(table)) -}}
    {%- endif -%}
    {{ exceptions.raise_compiler_error("raw_mode '" ~ mode ~ "' is unknown. Set the var raw_mode to demo, files or tables.") }}
{% endmacro %}

{% macro no_rows(table) %}
    {{- return("(select cast(null as " ~ dbt.type_string() ~ ") as nothing where 1 = 0) as no_" ~ table) -}}
{% endmacro %}

{#- Names of the columns that the source really has; an absent table has none, one without its key stops the build. -#}
{% macro raw_columns(table) %}
    {%- set mode = var('raw_mode') -%}
    {%- set place = table -%}
    {%- if mode == 'files' -%}
        {%- set path = dbt_satisfaction.find_file(var('raw_dir'), table) -%}
        {%- set place = path or table -%}
        {%- set present = dbt_satisfaction.file_columns(path) if path else none -%}
    {%- else -%}
        {%- set relation = load_relation(ref('raw_' ~ table) if mode == 'demo' else source('raw', table)) -%}
        {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else none -%}
    {%- endif -%}
    {%- if present is none -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- for column in dbt_satisfaction.contract(table) if column.key is true or column.is_extra or column.required -%}
        {%- if column.source_name | lower not in present | map('lower') -%}
            {{ dbt_satisfaction.stop_for_missing_column(place, column.source_name, present) }}
        {%- endif -%}
    {%- endfor -%}
    {{- return(present) -}}
{% endmacro %}

{% macro stop_for_missing_column(place, column, present) %}
    {%- set hint = '' -%}
    {%- if present | length == 1 and modules.re.search('[;|\\t]', present[0]) -%}
        {%- set hint = ' The header looks separated by something else than commas: save the file with commas.' -%}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(
        place ~ ": column " ~ column ~ " is missing (found: " ~ present | join(', ') | truncate(200) ~ "). "
        ~ "Add the column, or rename the one that holds it." ~ hint
    ) }}
{% endmacro %}

{#- Columns of a raw table that nothing reads: shown in row_accounting, so that no column is dropped silently. -#}
{% macro ignored_columns(table) %}
    {%- set known = dbt_satisfaction.contract(table) | map(attribute='source_name') | map('lower') | list -%}
    {%- set ignored = [] -%}
    {%- for column in dbt_satisfaction.raw_columns(table) if column | lower not in known -%}
        {%- do ignored.append(column) -%}
    {%- endfor -%}
    {{- return(ignored) -}}
{% endmacro %}
