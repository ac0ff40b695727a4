{#- Sums over pairs of variables, of which every mean, variance and correlation is made, for every segment of a wave:
    a row per segment, resample group and pair (left_id <= right_id; a variable is paired with itself too), over the
    respondents who have both values.

    respondents: a relation with survey_id, a column per segment type and resample_group, one row per respondent.
    variables: a list of {id, value}; value is an expression over that relation, null where there is none. Where they have
    a list of scopes, only variables that share one are paired.
    group: the resample group, or 0 where nothing is to be drawn. -#}
{% macro pair_moments(respondents, variables, group='resample_group') -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
    {%- set sums = ['n', 'sum_left', 'sum_right', 'square_left', 'square_right', 'product'] -%}
    {%- set keys = ['resample_group', 'left_id', 'right_id'] -%}
    {%- set rows = [] -%}
    {%- for left in variables -%}
        {%- for right in variables if left.id <= right.id
            and (left.scopes is not defined or left.scopes | select('in', right.scopes) | list) -%}
            {%- do rows.append([dbt_satisfaction.text_literal(left.id), dbt_satisfaction.text_literal(right.id), left.value, right.value]) -%}
        {%- endfor -%}
    {%- endfor -%}
with pairs as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        respondents, ['survey_id', group ~ ' as resample_group'] + types,
        rows or [["''", "''", 'cast(null as double)', 'cast(null as double)']],
        ['left_id', 'right_id', 'left_value', 'right_value']
    ) }} as cells
    where left_value is not null and right_value is not null
),

-- by combination of segment values first: a respondent is added up once and not once per segment type
combinations as (
    select
        survey_id,
        {{ (types + keys) | join(', ') }},
        count(*) as n,
        sum(cast(left_value as decimal(38, 12))) as sum_left,
        sum(cast(right_value as decimal(38, 12))) as sum_right,
        sum(cast(left_value * left_value as decimal(38, 12))) as square_left,
        sum(cast(right_value * right_value as decimal(38, 12))) as square_right,
        sum(cast(left_value * right_value as decimal(38, 12))) as product
    from pairs
    group by survey_id, {{ (types + keys) | join(', ') }}
)

select
    {%- for name in sums %}
    cast(sum({{ name }}) as {{ 'bigint' if name == 'n' else 'double' }}) as {{ name }},
    {%- endfor %}
    survey_id,
    segment_type,
    segment_value,
    {{ keys | join(',\n    ') }}
from {{ dbt_satisfaction.unpivot_columns('combinations', ['survey_id'] + keys + sums, types, 'segment_type', 'segment_value') }} as members
group by survey_id, segment_type, segment_value, {{ keys | join(', ') }}
{%- endmacro %}

{#- Respondents are dealt into this many groups by chance; bootstraps draw groups, so that what Python holds does not grow
    with the respondents. With 200 groups an interval is about as sure as one of a bootstrap with 200 respondents. -#}
{% macro n_resample_groups() %}{{ return(200) }}{% endmacro %}
