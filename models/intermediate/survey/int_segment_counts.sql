-- How often each segment of a wave gave each level to each factor. Respondents are pooled by combination of segment
-- values first: of these few rows every segment is a sum.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set longest = dbt_satisfaction.longest_scale() %}
{%- set counts = ['n_respondents', 'n_missing'] + dbt_satisfaction.prefixed('n_level_', range(1, longest + 1)) %}
{%- set rows = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- set cells = [dbt_satisfaction.text_literal(factor.factor_id), factor.column ~ '_respondents', factor.column ~ '_blank'] %}
{%- for level in range(1, longest + 1) %}
{%- do cells.append(factor.column ~ '_level_' ~ level if level <= factor.levels | length else 'cast(0 as bigint)') %}
{%- endfor %}
{%- do rows.append(cells + ['cast(' ~ dbt_satisfaction.value_sum(factor) ~ ' as double)']) %}
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
        {%- endfor %}
        survey_id,
        {{ types | join(', ') }}
    from respondents
    group by survey_id, {{ types | join(', ') }}
),

factors as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'combinations', ['survey_id'] + types, rows or [["''", '0', '0'] + ['0'] * longest + ['0e0']],
        ['factor_id'] + counts + ['value_sum']
    ) }} as cells
),

segments as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(cast(value_sum as decimal(38, 12))) as double) as value_sum
    from {{ dbt_satisfaction.unpivot_columns(
        'factors', ['survey_id', 'factor_id', 'value_sum'] + counts, types, 'segment_type', 'segment_value'
    ) }} as members
    group by survey_id, segment_type, segment_value, factor_id
),

answered as (
    select
        *,
        {{ dbt_satisfaction.prefixed('n_level_', range(1, longest + 1)) | join(' + ') }} as n_valid -- noqa: LT05
    from segments
)

select *
from answered
where n_valid + n_missing > 0
