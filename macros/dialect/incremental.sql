{#- Rows of an outdated version are deleted, surveys without rows of the present version are computed, so that a build
    which broke off is made good by the next one. What differs between engines: a table of Parquet files on Spark
    knows no delete, so there every build is a full refresh. -#}
{% macro rebuilt_by_survey(versions) %}
    {{- config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns',
        pre_hook="{{ dbt_satisfaction.forget_outdated(this, '" ~ versions ~ "') }}"
    ) -}}
{% endmacro %}

{% macro forget_outdated(built, versions) %}
    {%- if is_incremental() -%}
        {%- do dbt_satisfaction.say_changed_code(built, versions) -%}
        delete from {{ built }} where (survey_id, version) not in (select survey_id, version from {{ ref(versions) }})
    {%- endif -%}
{% endmacro %}

{#- A version begins with that of the code, 32 digits. -#}
{% macro say_changed_code(built, versions) %}
    {%- set changed = run_query("select count(distinct built.survey_id) from " ~ built ~ " as built inner join " ~ ref(versions)
        ~ " as versions on built.survey_id = versions.survey_id where substr(built.version, 1, 32) != substr(versions.version, 1, 32)") -%}
    {%- set n = changed.columns[0].values()[0] -%}
    {%- if n -%}
        {%- do log(built.identifier ~ ": the code or a var behind it has changed since it was built; " ~ n ~ " survey(s) are rebuilt.", info=True) -%}
    {%- endif -%}
{% endmacro %}

{#- Outdated rows may be deleted already or not. -#}
{% macro surveys_to_build(versions) -%}
    select distinct survey_id, version
    from {{ ref(versions) }}
    {%- if is_incremental() %}
    where (survey_id, version) not in (select distinct survey_id, version from {{ this }})
    {%- endif %}
{%- endmacro %}

{% macro survey_texts_to_build(versions) -%}
    select
        texts.survey_text as built_text,
        versions.survey_id as built_survey,
        versions.version
    from (select distinct survey_text, survey_id from {{ ref('base_answer_spellings') }}) as texts
    inner join ({{ dbt_satisfaction.surveys_to_build(versions) }}) as versions on texts.survey_id = versions.survey_id
{%- endmacro %}

{#- The surveys are asked for while the model is compiled: a list of literals lets an engine pass over the parts of a
    Parquet file that have none of them. -#}
{% macro is_of_survey_to_build(survey_text, versions) -%}
    {%- set texts = run_query(dbt_satisfaction.survey_texts_to_build(versions)).columns[0].values() -%}
    {%- set named = [] -%}
    {%- for text in texts if text is not none -%}{%- do named.append(dbt_satisfaction.text_literal(text)) -%}{%- endfor -%}
    ({{ survey_text ~ ' in (' ~ named | join(', ') ~ ')' if named else '1 = 0' }}
    {{- ' or ' ~ survey_text ~ ' is null' if none in texts }})
{%- endmacro %}

{% macro should_full_refresh() %}
    {{- return(adapter.dispatch('should_full_refresh', 'dbt_satisfaction')()) -}}
{% endmacro %}

{% macro default__should_full_refresh() %}{{ return(dbt.should_full_refresh()) }}{% endmacro %}

{% macro spark__should_full_refresh() %}{{ return(true) }}{% endmacro %}

{% macro kept_by(versions) %}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.package_name == 'dbt_satisfaction' and node.config.materialized == 'incremental' -%}
        {%- if 'model.dbt_satisfaction.' ~ versions in node.depends_on.nodes -%}{%- do names.append(node.name) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}
