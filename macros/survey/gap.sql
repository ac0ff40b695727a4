{% macro factors_in_roles(roles) %}
    {%- set places = {} -%}
    {%- for row in dbt_satisfaction.asked_method('factors', ['factor_id', 'servqual', 'value_component'], 'factor_id') -%}
        {%- do places.update({row.factor_id: row}) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for question in dbt_satisfaction.questionnaire(roles) | sort(attribute='factor_id', case_sensitive=true) -%}
        {%- if not found or found[-1].factor_id != question.factor_id -%}
            {%- do found.append({'factor_id': question.factor_id, 'factor_no': found | length + 1, 'questions': {}}) -%}
            {%- do found[-1].update(places.get(question.factor_id, {})) -%}
        {%- endif -%}
        {%- do found[-1].questions.setdefault(question.role, []).append(question) -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}

{% macro averaged_roles() %}{{ return(['performance', 'expectation', 'cost']) }}{% endmacro %}

{% macro averaged_factors() %}{{ return(dbt_satisfaction.factors_in_roles(dbt_satisfaction.averaged_roles())) }}{% endmacro %}

{% macro place_on_scale(factor, role) -%}
    {%- set low = factor.questions[role][0].levels[0].value -%}
    {%- set high = factor.questions[role][0].levels[-1].value -%}
    100 * ({{ role }}_{{ factor.factor_no }} - cast({{ low }} as double)) / cast({{ high - low }} as double)
{%- endmacro %}

{% macro share_of_maximum(factor, role) -%}
    {{ role }}_{{ factor.factor_no }} / cast({{ factor.questions[role][0].levels[-1].value }} as double)
{%- endmacro %}

{#- Terms are added in a fixed order, so that the sum is the same on every engine. -#}
{% macro mean_across(columns, weights=none) -%}
    {%- set ones = ['1e0'] * (columns | length) -%}
    (
        {%- for name in columns -%}
        coalesce({{ name }} * {{ (weights or ones)[loop.index0] }}, 0e0){{ " + " if not loop.last }}
        {%- endfor -%}
    ) / nullif(
        {%- for name in columns -%}
        case when {{ name }} is null then 0e0 else coalesce({{ (weights or ones)[loop.index0] }}, 0e0) end{{ " + " if not loop.last }}
        {%- endfor -%}
        , 0e0)
{%- endmacro %}

{% macro confirmation_limit(side) -%}
    cast({{ (1 + side * var('confirmation_tolerance')) | round(12) }} as double)
{%- endmacro %}

{#- Of factors, dimensions, delivered value and its components. -#}
{% macro respondent_gaps(types) -%}
    {%- for model in ['int_respondent_gaps', 'int_respondent_values'] %}
select
    survey_id,
    customer_id,
    {{ types | join(', ') }},
    item_type,
    item_id,
    gap
from {{ ref(model) }}
{{- "\nunion all\n" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
