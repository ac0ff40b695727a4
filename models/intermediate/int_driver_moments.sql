-- What the drivers of the overall verdict are computed from: sums over pairs of factors and the verdict (whose id is
-- blank), over the respondents who gave one.
{%- set variables = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- do variables.append({'id': factor.factor_id, 'value': 'score_' ~ factor.factor_no}) %}
{%- endfor %}
{%- do variables.append({'id': '', 'value': 'outcome'}) if variables %}

with verdicts as (
    select * from {{ ref('int_respondent_scores') }}
    where outcome is not null
),

moments as (
    {{ dbt_satisfaction.pair_moments('verdicts', variables) }}
)

select * from moments
