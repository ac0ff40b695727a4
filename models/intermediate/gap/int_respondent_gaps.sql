{{ config(materialized='view') }}

-- What each respondent got beside what it expected, by item: a factor, a SERVQUAL dimension (the mean over its
-- factors), the whole (the mean over dimensions). Only factors count of which it rated both performance and
-- expectation; these are places on the scale, experience and expected shares of its maximum.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set pairs = [('performance', 'performance', 'place_on_scale'), ('expectation', 'expectation', 'place_on_scale'),
    ('experience', 'performance', 'share_of_maximum'), ('expected', 'expectation', 'share_of_maximum')] %}
{%- set figures = pairs | map(attribute=0) | list %}
{%- set factors, members, items = [], {}, [] %}
{%- for factor in dbt_satisfaction.averaged_factors()
    if factor.questions.performance and factor.questions.expectation %}
{%- set suffix = '_f' ~ factor.factor_no %}
{%- do factors.append(factor) %}
{%- do items.append(['factor', factor.factor_id, suffix]) %}
{%- do members.setdefault(factor.servqual, []).append(suffix) if factor.servqual %}
{%- endfor %}
{%- set dimensions = [] %}
{%- for name in members | sort %}
{%- do dimensions.append({'name': name, 'suffix': '_d' ~ loop.index, 'members': members[name]}) %}
{%- do items.append(['servqual', name, '_d' ~ loop.index]) %}
{%- endfor %}
{%- set suffixes = dimensions | map(attribute='suffix') | list %}
{%- if dimensions %}
{%- do items.extend([['servqual_overall', 'unweighted', '_u'], ['servqual_overall', 'weighted', '_w']]) %}
{%- endif %}
{%- set rows = [] %}
{%- for type, id, suffix in items %}
{%- do rows.append(["'" ~ type ~ "'", dbt_satisfaction.text_literal(id)]
    + [figures[0] ~ suffix, figures[1] ~ suffix, figures[2] ~ suffix, figures[3] ~ suffix]) %}
{%- endfor %}

with importance as (
    select
        {%- for dimension in dimensions %}
        {%- set stated = 'case when factors.servqual = ' ~ dbt_satisfaction.text_literal(dimension.name) ~ ' then stated.mean_importance end' %}
        {{ dbt_satisfaction.exact_mean(stated) }} as weight{{ dimension.suffix }},
        {%- endfor %}
        count(*) as n_factors
    from {{ ref('int_stated_importance') }} as stated
    inner join {{ dbt_satisfaction.method_table('factors') }} as factors on stated.factor_id = factors.factor_id
),

of_factors as (
    select
        {%- for factor in factors %}
        {%- for figure, role, scaled in pairs %}
        case when performance_{{ factor.factor_no }} is not null and expectation_{{ factor.factor_no }} is not null
            then {{ dbt_satisfaction[scaled](factor, role) }} end as {{ figure }}_f{{ factor.factor_no }},
        {%- endfor %}
        {%- endfor %}
        survey_id,
        customer_id,
        {{ types | join(', ') }}
    from {{ ref('int_factor_means') }}
    {{ '' if factors else 'where 1 = 0' }}
),

of_dimensions as (
    select
        *
        {%- for dimension in dimensions %}
        {%- for figure in figures %},
        {{ dbt_satisfaction.mean_across(dbt_satisfaction.prefixed(figure, dimension.members)) }} as {{ figure ~ dimension.suffix }}
        {%- endfor %}
        {%- endfor %}
    from of_factors
),

overall as (
    select
        of_dimensions.*
        {%- for figure in figures if dimensions %},
        {%- set columns = dbt_satisfaction.prefixed(figure, suffixes) %}
        {{ dbt_satisfaction.mean_across(columns) }} as {{ figure }}_u,
        {{ dbt_satisfaction.mean_across(columns, dbt_satisfaction.prefixed('importance.weight', suffixes)) }} as {{ figure }}_w
        {%- endfor %}
    from of_dimensions
    cross join importance
)

select
    *,
    performance - expectation as gap,
    -- rounded, so that 0.95 stands on the edge and not a hair beside it; nothing can be divided by no expectation
    round(experience / nullif(expected, 0e0), 12) as ratio
from {{ dbt_satisfaction.unpivot_groups(
    'overall', ['survey_id', 'customer_id'] + types, rows or [["''", "''"] + ['cast(null as double)'] * 4],
    ['item_type', 'item_id'] + figures
) }} as cells
where performance is not null
