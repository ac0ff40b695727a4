{#- What belongs to a case: the shipped experts judged the shipped factors, and the shipped scorecards score the customers
    of one trade. They apply where the shipped questionnaire is asked, and nowhere else. The shipped factor_classes are of
    the shipped factors: a factor of another case that is called alike would be a class of its own. -#}

{% macro asks_shipped_questions() %}
    {%- for table in ['questions', 'factors', 'ahp_hierarchy'] if dbt_satisfaction.is_own(table) -%}
        {{- return(false) -}}
    {%- endfor -%}
    {{- return(dbt_satisfaction.has_raw('survey_answers') or dbt_satisfaction.has_raw('survey_wide')) -}}
{% endmacro %}

{#- It is looked up without an edge, for method tables come before all raw ones. -#}
{% macro has_raw(table) %}
    {%- if var('raw_mode') == 'demo' -%}
        {{- return(true) -}}
    {%- elif var('raw_mode') == 'files' -%}
        {{- return(dbt_satisfaction.find_file(var('raw_dir'), table) is not none) -}}
    {%- elif var('raw_models') -%}
        {{- return(table in var('raw_models') or table in var('raw_identifiers')) -}}
    {%- endif -%}
    {%- set name = var('raw_identifiers').get(table, table) -%}
    {{- return(adapter.get_relation(var('raw_database') or target.database, var('raw_schema'), name) is not none) -}}
{% endmacro %}

{% macro rows_of_case(table) %}
    {%- set belong_together = {
        'ahp_experts': ['ahp_experts'],
        'ahp_judgements': ['ahp_judgements'],
        'scorecard_parts': ['scorecard_parts', 'scorecard_points'],
        'scorecard_points': ['scorecard_parts', 'scorecard_points'],
    } -%}
    {%- if table == 'ahp_hierarchy' and dbt_satisfaction.has_flat_hierarchy() -%}
        {{- return("model <> 'satisfaction'") -}}
    {%- elif table == 'factor_classes' and dbt_satisfaction.is_own('factors') and not dbt_satisfaction.is_own(table) -%}
        {{- return('1 = 0') -}}
    {%- elif table not in belong_together or dbt_satisfaction.asks_shipped_questions() -%}
        {{- return('1 = 1') -}}
    {%- endif -%}
    {%- for name in belong_together[table] if dbt_satisfaction.is_own(name) -%}
        {{- return('1 = 1') -}}
    {%- endfor -%}
    {{- return('1 = 0') -}}
{% endmacro %}

{% macro has_flat_hierarchy() %}
    {%- set is_ordered = dbt_satisfaction.is_own('ahp_hierarchy') or dbt_satisfaction.is_own('ahp_judgements') -%}
    {{- return(not is_ordered and (dbt_satisfaction.is_own('questions') or dbt_satisfaction.is_own('factors'))) -}}
{% endmacro %}

{% macro flat_hierarchy() -%}
    select distinct
        'satisfaction' as model,
        factors.factor_id as node_id,
        'all_factors' as parent_id,
        factors.label_zh,
        factors.label_en,
        factors.sort_order
    from {{ dbt_satisfaction.method('factors') }} as factors
    inner join {{ dbt_satisfaction.method('questions') }} as questions
        on factors.factor_id = questions.factor_id and questions.role = 'performance'
    union all
    select distinct
        'satisfaction' as model,
        'all_factors' as node_id,
        cast(null as {{ dbt.type_string() }}) as parent_id,
        '客户满意度' as label_zh,
        'Customer satisfaction' as label_en,
        '0' as sort_order
    from {{ dbt_satisfaction.method('questions') }} as questions
    where role = 'performance'
{%- endmacro %}
