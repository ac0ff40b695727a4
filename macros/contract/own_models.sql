{#- Read by ref, so that dbt knows the edge and builds the model first. With its project: a name alone might mean a
    model of this package. -#}
{% macro own_model(var_name, table) %}
    {%- set named = var(var_name) -%}
    {%- set model = named.get(table) if named is mapping -%}
    {%- if not model -%}{{- return(none) -}}{%- endif -%}
    {%- set names = (model | string).split('.') -%}
    {%- set relation = ref(project_name, model) if names | length == 1 else ref(names[0], names[1]) -%}
    {%- if execute -%}
        {%- set place = "var " ~ var_name ~ ": " ~ table ~ " is to be read from " ~ model ~ ", which " -%}
        {%- if relation.is_cte -%}
            {{ exceptions.raise_compiler_error(place ~ "is ephemeral: its columns cannot be looked up. Materialise it as a table or view.") }}
        {#- what is only compiled may not be built yet -#}
        {%- elif flags.WHICH in ['build', 'run'] and not load_relation(relation) -%}
            {{ exceptions.raise_compiler_error(place ~ "is not built: there is no " ~ relation ~ ". Run dbt build, or select +" ~ model ~ " too.") }}
        {%- endif -%}
    {%- endif -%}
    {{- return(relation) -}}
{% endmacro %}

{% macro relation_fields(relation) %}
    {%- set found = load_relation(relation) -%}
    {%- set known = dbt_satisfaction.remembered('fields') -%}
    {%- set name = relation | string -%}
    {%- if found and name not in known -%}
        {%- set fields = [] -%}
        {%- for column in adapter.get_columns_in_relation(found) -%}
            {%- do fields.append({'name': column.name, 'type': column.dtype}) -%}
        {%- endfor -%}
        {%- do known.update({name: fields}) -%}
    {%- endif -%}
    {{- return(known.get(name, [])) -}}
{% endmacro %}

{% macro wrong_own_models() %}
    {%- set wrong = [] -%}
    {%- for name, kind, known in [('raw_models', 'raw', dbt_satisfaction.raw_tables()),
                                  ('method_models', 'method', dbt_satisfaction.method_names())] -%}
        {%- if var(name) is not mapping -%}
            {%- do wrong.append("var " ~ name ~ ": '" ~ var(name) ~ "' is not a mapping. Write it as in dbt_project.yml, {} for none.") -%}
        {%- else -%}
            {%- for table in var(name) if table not in known -%}
                {%- set gone = dbt_satisfaction.retired('table', table) -%}
                {%- do wrong.append("var " ~ name ~ ": the table " ~ table ~ " is " ~ gone if gone else
                    "var " ~ name ~ ": there is no " ~ kind ~ " table '" ~ table ~ "'. Use one of " ~ known | join(', ') ~ ".") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not wrong and var('raw_models') and var('raw_mode') != 'tables' -%}
        {%- do wrong.append("var raw_models: would not be read while raw_mode is " ~ var('raw_mode') ~ ". Set raw_mode to tables.") -%}
    {%- elif not wrong -%}
        {%- for table in var('raw_models') if table in var('raw_identifiers') -%}
            {%- do wrong.append("var raw_models: " ~ table ~ " is named in raw_identifiers too. Keep one of them.") -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(wrong) -}}
{% endmacro %}
