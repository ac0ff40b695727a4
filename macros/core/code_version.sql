{#- What a figure depends on besides its rows: the text of the models that compute it, of the macros in them, the vars that
    either names, the contract of the raw tables, and the Python package. Comments do not count. -#}

{#- What follows from them shows in the rows. -#}
{% macro vars_of_rows() %}
    {{- return(['raw_mode', 'raw_dir', 'raw_database', 'raw_schema', 'raw_identifiers', 'raw_models', 'method_dir', 'method_models', 'as_of_date']) -}}
{% endmacro %}

{% macro code_version(names=none) %}
    {%- set ids = [] -%}
    {%- if names -%}
        {%- for name in names -%}{%- do dbt_satisfaction.add_computed_before(ids, 'model.dbt_satisfaction.' ~ name) -%}{%- endfor -%}
    {%- else -%}
        {%- for id in graph.nodes if id.startswith('model.dbt_satisfaction.') or id.startswith('seed.dbt_satisfaction.') -%}
            {%- do ids.append(id) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set macros = [] -%}
    {%- set texts = [] -%}
    {%- for id in ids | sort -%}
        {%- set node = graph.nodes[id] -%}
        {%- do texts.append(id ~ ' ' ~ (node.raw_code or node.checksum.checksum)) -%}
        {%- if node.language == 'python' -%}{%- do texts.append(node.config.meta | string) -%}{%- endif -%}
        {%- for macro in node.depends_on.macros -%}{%- do dbt_satisfaction.add_called(macros, macro) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for name in macros | sort -%}
        {%- do texts.append(name ~ ' ' ~ context['dbt_satisfaction'][name].macro.macro_sql) -%}
    {%- endfor -%}
    {%- for id in graph.sources | sort if id.startswith('source.dbt_satisfaction.') -%}
        {%- for column in graph.sources[id].columns.values() -%}
            {%- do texts.append([id, column.name, column.data_type, column.config.meta] | string) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set code = dbt_satisfaction.without_comments(texts | join('\n')) -%}
    {%- set settings = [] -%}
    {%- for name in modules.re.findall("\\bvar\\(['\"](\\w+)['\"]", code) | unique | sort -%}
        {%- if not (names and name in dbt_satisfaction.vars_of_rows()) -%}{%- do settings.append(name ~ ' ' ~ var(name, none)) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(local_md5(code ~ settings | join('\n'))) -}}
{% endmacro %}

{#- The checks of the method tables compute no figure, and their rows are hashed as rows. -#}
{% macro add_computed_before(ids, id) %}
    {%- if id.startswith('model.dbt_satisfaction.') and id not in ids and id.split('.')[2] not in ['method_rows', 'py_method_gate'] -%}
        {%- do ids.append(id) -%}
        {%- for parent in graph.nodes[id].depends_on.nodes -%}{%- do dbt_satisfaction.add_computed_before(ids, parent) -%}{%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro add_called(names, id) %}
    {%- set name = id.split('.')[2] -%}
    {%- if id.split('.')[1] == 'dbt_satisfaction' and name not in names and name in context['dbt_satisfaction'] -%}
        {%- do names.append(name) -%}
        {%- for macro in context['dbt_satisfaction'][name].macro.depends_on.macros -%}{%- do dbt_satisfaction.add_called(names, macro) -%}{%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro without_comments(code) %}
    {{- return(modules.re.sub('\\s+', ' ', modules.re.sub('(?ms)\\{#.*?#\\}|^[ \\t]*--[^\\n]*$', '', code))) -}}
{% endmacro %}
