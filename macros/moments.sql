{#- Sums over pairs of variables, of which every mean, variance and correlation is made, for every segment of a wave:
    a row per segment, resample group and pair (left_id <= right_id; a variable is paired with itself too), over the
    respondents who have both values.

    respondents: a relation with survey_id, a column per segment type and resample_group, one row per respondent.
    variables: a list of {id, value}; value is an expression over that relation, null where there is none. Where they have
    a list of scopes, only variables that share one are paired.
    group: the resample group, 0 in cells below min_respondents; or '0' where nothing is to be drawn at all. -#}
{% macro pair_moments(respondents, variables, group='resample_group') -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
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

sums as (
    select *
    from {{ dbt_satisfaction.summed_by_segment(
        'pairs', ['survey_id', 'resample_group', 'left_id', 'right_id'],
        {
            'sum_left': 'left_value', 'sum_right': 'right_value', 'square_left': 'left_value * left_value',
            'square_right': 'right_value * right_value', 'product': 'left_value * right_value',
        },
        {'n': '1 = 1'}
    ) }} as sums
){{ "," if group != '0' }}

{% if group == '0' -%}
select * from sums
{%- else -%}
variables as (
    select
        survey_id,
        segment_type,
        segment_value,
        sum(n) as n
    from sums
    where left_id = right_id
    group by survey_id, segment_type, segment_value, left_id
),

-- as Cell.n_respondents counts: nothing is drawn in a cell in which no variable has min_respondents
drawn as (
    select distinct
        survey_id,
        segment_type,
        segment_value
    from variables
    where n >= {{ var('min_respondents') }}
)

select
    sums.survey_id,
    sums.segment_type,
    sums.segment_value,
    case when drawn.survey_id is null then 0 else sums.resample_group end as resample_group,
    sums.left_id,
    sums.right_id,
    {%- for figure in ['sum_left', 'sum_right', 'square_left', 'square_right', 'product'] %}
    cast(sum(cast(sums.{{ figure }} as decimal(38, 12))) as double) as {{ figure }},
    {%- endfor %}
    cast(sum(sums.n) as bigint) as n
from sums
left join drawn
    on sums.survey_id = drawn.survey_id
    and sums.segment_type = drawn.segment_type
    and sums.segment_value = drawn.segment_value
group by all
{%- endif %}
{%- endmacro %}

{#- Respondents are dealt into this many groups by chance; bootstraps draw groups, so that what Python holds does not grow
    with the respondents. With 200 groups an interval is about as sure as one of a bootstrap with 200 respondents. -#}
{% macro n_resample_groups() %}{{ return(200) }}{% endmacro %}
