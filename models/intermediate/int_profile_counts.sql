{{ dbt_satisfaction.rebuilt_by_survey('int_survey_versions') }}

-- Level counts of each factor, pooled over the respondents who share all segment values: of these few rows every
-- segment is a sum.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set names = dbt_satisfaction.count_columns() %}
{%- set longest = dbt_satisfaction.longest_scale() %}
{%- set rows = [] %}
{%- for factor in factors %}
{%- set cells = [dbt_satisfaction.text_literal(factor.factor_id), 'respondents_' ~ factor.factor_no,
    'n_' ~ factor.factor_no ~ '_missing'] %}
{%- for level in range(1, longest + 1) %}
{%- do cells.append('n_' ~ factor.factor_no ~ '_' ~ level if level <= factor.levels | length else 'cast(0 as bigint)') %}
{%- endfor %}
{%- do rows.append(cells + ['cast(' ~ dbt_satisfaction.value_sum(factor) ~ ' as double)']) %}
{%- endfor %}

with versions as (
    {{ dbt_satisfaction.surveys_to_build('int_survey_versions') }}
),

pooled as (
    select
        counts.survey_id,
        {%- for type in types %}
        segments.{{ type }},
        {%- endfor %}
        {%- for name in names %}
        cast(sum(counts.{{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        {%- for factor in factors %}
        count(*) filter (where counts.valid_{{ factor.factor_no }} > 0) as respondents_{{ factor.factor_no }},
        {%- endfor %}
        versions.version
    from {{ ref('int_respondent_counts') }} as counts
    inner join versions on counts.survey_id = versions.survey_id
    inner join {{ ref('int_respondent_segments') }} as segments
        on counts.survey_id = segments.survey_id
        and counts.customer_id = segments.customer_id
    group by counts.survey_id, versions.version, {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
)

select
    survey_id,
    {{ types | join(',\n    ') }},
    factor_id,
    n_respondents,
    {% for level in range(1, longest + 1) %}n_level_{{ level }}{{ " + " if not loop.last }}{% endfor %} as n_valid, -- noqa: LT05
    n_missing,
    {%- for level in range(1, longest + 1) %}
    n_level_{{ level }},
    {%- endfor %}
    value_sum,
    version
from {{ dbt_satisfaction.unpivot_groups(
    'pooled', ['survey_id', 'version'] + types,
    rows or [["''", '0', '0'] + ['0'] * longest + ['0e0']],
    ['factor_id', 'n_respondents', 'n_missing'] + dbt_satisfaction.prefixed('n_level_', range(1, longest + 1)) + ['value_sum']
) }} as counts
