{#- Sums over pairs of variables, of which every mean, variance and correlation is made, for every segment of a wave:
    a row per segment, resample group and pair (left_id <= right_id; a variable is paired with itself too), over the
    respondents who have both values. How they are added up differs by engine: macros/dialect/moments.sql.

    respondents: a relation with survey_id, a column per segment type and resample_group, one row per respondent.
    variables: a list of {id, value}; value is an expression over that relation, null where there is none. Where they have
    a list of scopes, only variables that share one are paired.
    group: the resample group, 0 in cells below min_respondents; or '0' where nothing is to be drawn at all. -#}
{% macro pair_moments(respondents, variables, group='resample_group') -%}
    {{- return(adapter.dispatch('pair_moments', 'dbt_satisfaction')(respondents, variables, group)) -}}
{%- endmacro %}

{#- Whether two variables make a pair, in this order. -#}
{% macro are_paired(left, right) %}
    {{- return(left.id <= right.id and (left.scopes is not defined or left.scopes | select('in', right.scopes) | list | length > 0)) -}}
{% endmacro %}

{#- Respondents are dealt into this many groups by chance; bootstraps draw groups, so that what Python holds does not grow
    with the respondents. With 200 groups an interval is about as sure as one of a bootstrap with 200 respondents. -#}
{% macro n_resample_groups() %}{{ return(200) }}{% endmacro %}
