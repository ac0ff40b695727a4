{#- How a table or a view comes into DuckDB's file, where dbt's own materializations spend three times what the SQL costs:
    they build under another name, rename twice, drop the old one, and look three names up among all relations. DuckDB
    replaces a relation in one statement, and a reader sees the old one or the new one. Nothing here knows grants, indexes
    or foreign keys. dbt takes these macros when this project is built itself, and its own when it is installed as a package. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target = dbt_satisfaction.start_replacing('table') -%}
    {#- dbt submits a Python model from here alone, not from a macro -#}
    {%- call statement('main', language=model.language) -%}
        {%- if model.language == 'python' -%}
            {{ compiled_code }}

def materialize(df, con):
    con.register('frame_of_{{ target.identifier }}', df)
    con.execute('create or replace table {{ target }} as from frame_of_{{ target.identifier }}')
    con.unregister('frame_of_{{ target.identifier }}')
        {%- else -%}
            create or replace table {{ target }} as ({{ dbt_satisfaction.of_contract(compiled_code) }})
        {%- endif -%}
    {%- endcall -%}
    {{- return(dbt_satisfaction.end_replacing(target)) -}}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = dbt_satisfaction.start_replacing('view') -%}
    {%- call statement('main') -%}
        create or replace view {{ target }} as ({{ dbt_satisfaction.of_contract(compiled_code) }})
    {%- endcall -%}
    {{- return(dbt_satisfaction.end_replacing(target)) -}}
{% endmaterialization %}

{% macro start_replacing(type) %}
    {%- set built = load_cached_relation(this) -%}
    {%- if built and built.type != type -%}{%- do adapter.drop_relation(built) -%}{%- endif -%}
    {%- do run_hooks(pre_hooks) -%}
    {{- return(this.incorporate(type=type)) -}}
{% endmacro %}

{% macro end_replacing(target) %}
    {%- do persist_docs(target, model) -%}
    {%- do run_hooks(post_hooks) -%}
    {%- do adapter.commit() -%}
    {{- return({'relations': [target]}) -}}
{% endmacro %}

{% macro of_contract(code) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(code) }}
        {{- get_select_subquery(code) }}
    {%- else -%}
        {{ code }}
    {%- endif -%}
{%- endmacro %}
