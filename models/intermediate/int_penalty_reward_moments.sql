-- What penalties and rewards are computed from: sums over pairs of dummies (is the factor rated low, is it rated high)
-- and the verdict. A factor that a respondent did not rate is neither low nor high. No bootstrap, so one group.
{%- set variables = [{'id': '', 'value': '100 * outcome'}] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- set score = 'score_' ~ factor.factor_no %}
{%- do variables.append({
    'id': 'low ' ~ factor.factor_id,
    'value': 'case when ' ~ score ~ ' < ' ~ var('penalty_below') ~ ' then 1e0 else 0e0 end'
}) %}
{%- do variables.append({
    'id': 'high ' ~ factor.factor_id,
    'value': 'case when ' ~ score ~ ' >= ' ~ var('reward_from') ~ ' then 1e0 else 0e0 end'
}) %}
{%- endfor %}

with verdicts as (
    select * from {{ ref('int_respondent_scores') }}
    where outcome is not null
),

moments as (
    {{ dbt_satisfaction.pair_moments('verdicts', variables, group='0') }}
)

select * from moments
