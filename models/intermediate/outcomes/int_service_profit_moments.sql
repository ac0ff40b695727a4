-- What the service-profit chain (服务利润链) is computed from: sums over pairs of its stages, each over the respondents
-- who have both, each times its weight.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set variables = [
    {'id': 'quality', 'value': 'quality'},
    {'id': 'satisfaction', 'value': 'satisfaction'},
    {'id': 'loyalty', 'value': 'loyalty'},
    {'id': 'kept', 'value': 'kept'},
    {'id': 'revenue_kept', 'value': 'revenue_kept'},
] %}

with stages as (
    select
        outcomes.survey_id,
        {{ dbt_satisfaction.prefixed('outcomes.', types) | join(',\n        ') }},
        outcomes.resample_group,
        outcomes.weight,
        indices.index_score_rescaled as quality,
        (outcomes.overall_level - 1) / 4e0 as satisfaction,
        outcomes.repeat_probability as loyalty,
        {{ dbt_satisfaction.one_or_zero('outcomes.is_kept') }} as kept,
        outcomes.revenue_kept
    from {{ ref('int_wave_outcomes') }} as outcomes
    left join {{ ref('py_customer_index') }} as indices
        on outcomes.survey_id = indices.survey_id and outcomes.customer_id = indices.customer_id
),

moments as (
    {{ dbt_satisfaction.pair_moments('stages', variables, weight=dbt_satisfaction.weight_column()) }}
)

select * from moments
