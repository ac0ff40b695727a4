{#- Many models ask for the same files, columns and rows of method tables while they are compiled, and each question to
    the engine costs dbt some milliseconds. It is kept in graph, which all models of a command share. -#}
{% macro remembered(topic) %}
    {%- if graph.get('dbt_satisfaction', {}).get('invocation_id') != invocation_id -%}
        {%- do graph.update({'dbt_satisfaction': {'invocation_id': invocation_id}}) -%}
    {%- endif -%}
    {{- return(graph['dbt_satisfaction'].setdefault(topic, {})) -}}
{% endmacro %}

{% macro remembered_rows(sql) %}
    {%- set known = dbt_satisfaction.remembered('rows') -%}
    {%- if sql not in known -%}{%- do known.update({sql: run_query(sql).rows | list}) -%}{%- endif -%}
    {{- return(known[sql]) -}}
{% endmacro %}
