{#- What a command found out once: many models ask for the same files, columns and rows of method tables while they are
    compiled, and each question to the engine costs dbt some milliseconds. Kept in graph, which all models of a command share. -#}
{% macro remembered(topic) %}
    {%- if graph.get('dbt_satisfaction', {}).get('invocation_id') != invocation_id -%}
        {%- do graph.update({'dbt_satisfaction': {'invocation_id': invocation_id}}) -%}
    {%- endif -%}
    {{- return(graph['dbt_satisfaction'].setdefault(topic, {})) -}}
{% endmacro %}

{#- The rows of a query on what stays as it is once it is built: method tables, and typed rows of raw tables. -#}
{% macro remembered_rows(sql) %}
    {%- set known = dbt_satisfaction.remembered('rows') -%}
    {%- if sql not in known -%}{%- do known.update({sql: run_query(sql).rows | list}) -%}{%- endif -%}
    {{- return(known[sql]) -}}
{% endmacro %}
