{#- How they are added up differs by engine: macros/dialect/moments.sql. -#}
{% macro pair_moments(respondents, variables, group='resample_group', weight=none) -%}
    {{- return(adapter.dispatch('pair_moments', 'dbt_satisfaction')(respondents, variables, group, weight)) -}}
{%- endmacro %}

{% macro are_paired(left, right) %}
    {{- return(left.id <= right.id and (left.scopes is not defined or left.scopes | select('in', right.scopes) | list | length > 0)) -}}
{% endmacro %}

{#- What Python holds then does not grow with the respondents. With 200 groups an interval is about as sure as one of a
    bootstrap with 200 respondents. -#}
{% macro n_resample_groups() %}{{ return(200) }}{% endmacro %}
