-- What the drivers of the overall verdict are computed from: sums over pairs of factors and the verdict (whose id is
-- blank), over the respondents who gave one, each times its weight.
{%- set variables = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- do variables.append({'id': factor.factor_id, 'value': factor.column ~ '_score'}) %}
{%- endfor %}
{%- do variables.append({'id': '', 'value': 'verdict'}) if variables %}

with verdicts as (
    select * from {{ ref('int_respondents') }}
    where verdict is not null
),

moments as (
    {{ dbt_satisfaction.pair_moments('verdicts', variables, weight=dbt_satisfaction.weight_column()) }}
)

select * from moments
