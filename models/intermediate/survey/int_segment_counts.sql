-- How often each segment of a wave gave each level to each factor, and the same with each answer times the weight of
-- its respondent. Respondents are pooled by combination of segment values first: of these few rows every segment is a
-- sum.
-- noqa: disable=LT02
{%- set types = dbt_satisfaction.respondent_types() %}
{%- set levels = range(1, dbt_satisfaction.longest_scale() + 1) %}
{%- set counts = ['n_respondents', 'n_missing'] + dbt_satisfaction.prefixed('n_level_', levels) %}
{%- set weighted = dbt_satisfaction.prefixed('weighted_level_', levels) if dbt_satisfaction.is_weighted() else [] %}
{%- set sums = ['value_sum'] + (['weighted_sum'] if weighted else []) %}
{%- set rows = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- set cells = [dbt_satisfaction.text_literal(factor.factor_id), factor.column ~ '_respondents', factor.column ~ '_blank'] %}
{%- for level in levels %}
{%- do cells.append(factor.column ~ '_level_' ~ level if level <= factor.levels | length else 'cast(0 as bigint)') %}
{%- endfor %}
{%- for level in levels if weighted %}
{%- do cells.append(factor.column ~ '_weighted_level_' ~ level if level <= factor.levels | length else '0e0') %}
{%- endfor %}
{%- do cells.append('cast(' ~ dbt_satisfaction.value_sum(factor) ~ ' as double)') %}
{%- if weighted %}{%- do cells.append(dbt_satisfaction.value_sum(factor, '_weighted_level_')) %}{%- endif %}
{%- do rows.append(cells) %}
{%- endfor %}

with respondents as (
    select * from {{ ref('int_respondents') }}
),

combinations as (
    select
        {%- for name in dbt_satisfaction.count_columns() %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        {%- for factor in dbt_satisfaction.asked_factors() %}
        count(case when {{ factor.column }}_n > 0 then 1 end) as {{ factor.column }}_respondents,
        {%- for level in factor.levels if weighted %}
        cast(sum(cast({{ factor.column }}_level_{{ level.level }} * weight as decimal(38, 12))) as double)
            as {{ factor.column }}_weighted_level_{{ level.level }},
        {%- endfor %}
        {%- endfor %}
        survey_id,
        {{ types | join(', ') }}
    from respondents
    group by survey_id, {{ types | join(', ') }}
),

factors as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'combinations', ['survey_id'] + types,
        rows or [["''", '0', '0'] + ['0'] * levels | length + ['0e0'] * (weighted | length + sums | length)],
        ['factor_id'] + counts + weighted + sums
    ) }} as cells
),

segments as (
    select
        survey_id,
        {{ dbt_satisfaction.type_of_column('segment_type') }} as segment_type,
        segment_value,
        factor_id,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in weighted + sums %}
        cast(sum(cast({{ name }} as decimal(38, 12))) as double) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ dbt_satisfaction.unpivot_columns(
        'factors', ['survey_id', 'factor_id'] + sums + counts + weighted, types, 'segment_type', 'segment_value'
    ) }} as members
    group by survey_id, segment_type, segment_value, factor_id
),

answered as (
    select
        *,
        {{ dbt_satisfaction.prefixed('n_level_', levels) | join(' + ') }} as n_valid, -- noqa: LT05
        {%- if weighted %}
        {{ weighted | join(' + ') }} as valid_weight -- noqa: LT05
        {%- else %}
        {%- for level in levels %}
        cast(n_level_{{ level }} as double) as weighted_level_{{ level }},
        {%- endfor %}
        value_sum as weighted_sum
        {%- endif %}
    from segments
)

select
    *
    {%- if not weighted %},
    cast(n_valid as double) as valid_weight
    {%- endif %}
from answered
where n_valid + n_missing > 0
