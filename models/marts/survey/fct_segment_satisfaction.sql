{%- set figures = ['index_score', 'index_score_rescaled', 'index_score_unweighted', 'mean_customer_index',
    'n_effective', 'standard_error', 'standard_error_0_100', 'index_low', 'index_high', 'previous_index', 'index_change',
    'change_standard_error', 'change_low', 'change_high', 'change_p_value', 'minimum_detectable_change'] %}
{%- set family = ['survey_id', 'segment_type'] %}
{%- set rests = ['rest_difference', 'rest_low', 'rest_high', 'rest_p_value', 'n_effective_rest'] %}

with indices as (
    select
        found.survey_id,
        found.segment_type,
        found.segment_value,
        found.n_factors,
        found.weight_coverage,
        {%- for figure in dbt_satisfaction.prefixed('found.', figures) + dbt_satisfaction.prefixed('rests.', rests) %}
        {{ dbt_satisfaction.nan_to_null(figure) }} as {{ figure.split('.')[1] }},
        {%- endfor %}
        cast(found.previous_survey_id as {{ dbt.type_string() }}) as previous_survey_id,
        found.n_respondents,
        found.n_indexed_customers
    from {{ ref('py_segment_index') }} as found
    left join {{ ref('py_segment_rest') }} as rests
        on found.survey_id = rests.survey_id
        and found.segment_type = rests.segment_type
        and found.segment_value = rests.segment_value
),

waves as (
    select
        survey_id,
        wave_number
    from {{ ref('int_waves') }}
),

weights as (
    select
        factor_id,
        weight
    from {{ ref('py_satisfaction_weights') }}
    where factor_id is not null
),

factors as (
    select count(*) as n_factors
    from weights
),

unknown as (
    select
        bias.survey_id,
        bias.segment_type,
        bias.segment_value,
        cast(sum(bias.n_not_understood) as bigint) as n_not_understood,
        sum(weights.weight * bias.bias) as weighted_bias
    from {{ ref('int_unknown_bias') }} as bias
    inner join weights on bias.factor_id = weights.factor_id
    group by bias.survey_id, bias.segment_type, bias.segment_value
),

judged as (
    select
        indices.*,
        coalesce(unknown.n_not_understood, 0) as n_not_understood,
        indices.n_respondents >= {{ var('min_respondents') }}
        and indices.n_effective >= {{ var('min_respondents') }} - 1e-6
        and {{ dbt_satisfaction.survives_unknown(
            'unknown.n_not_understood',
            'unknown.weighted_bias / nullif(indices.weight_coverage, 0)',
            '(indices.index_high - indices.index_low) / 2.0'
        ) }} as is_reliable
    from indices
    left join unknown
        on indices.survey_id = unknown.survey_id
        and indices.segment_type = unknown.segment_type
        and indices.segment_value = unknown.segment_value
),

-- a change is tested where both cells are reliable; a difference where cell and total are, and the rest has enough
-- respondents
tested as (
    select
        judged.*,
        judged.is_reliable
        and coalesce(before.is_reliable, false)
        and judged.change_p_value is not null as is_tested,
        judged.is_reliable
        and everyone.is_reliable
        and judged.rest_p_value is not null
        and judged.n_effective_rest >= {{ var('min_respondents') }} - 1e-6 as is_compared
    from judged
    inner join judged as everyone on judged.survey_id = everyone.survey_id and everyone.segment_type = 'total'
    left join judged as before
        on judged.previous_survey_id = before.survey_id
        and judged.segment_type = before.segment_type
        and judged.segment_value = before.segment_value
)

select
    compared.survey_id,
    cast(waves.wave_number as integer) as wave_number,
    compared.segment_type,
    compared.segment_value,
    compared.n_respondents,
    compared.n_effective,
    compared.index_score as satisfaction_index,
    compared.index_score_unweighted as unweighted_index,
    compared.standard_error,
    -- greatest() and least() pass over null, and one respondent has no interval
    case when compared.index_low < 0 then 0 else compared.index_low end as index_low,
    case when compared.index_high > 100 then 100 else compared.index_high end as index_high,
    compared.index_score_rescaled as satisfaction_index_0_100,
    compared.standard_error_0_100,
    compared.previous_survey_id,
    compared.previous_index,
    compared.index_change,
    compared.change_standard_error,
    compared.change_low,
    compared.change_high,
    compared.change_p_value,
    compared.change_q_value,
    {{ dbt_satisfaction.change_flag('compared.change_q_value', 'compared.index_change') }} as change_flag,
    compared.minimum_detectable_change,
    compared.rest_difference,
    compared.rest_low,
    compared.rest_high,
    compared.rest_p_value,
    compared.rest_q_value,
    {{ dbt_satisfaction.change_flag('compared.rest_q_value', 'compared.rest_difference', 'above', 'below') }}
        as rest_flag,
    compared.mean_customer_index,
    compared.n_indexed_customers,
    compared.weight_coverage,
    cast(factors.n_factors - compared.n_factors as integer) as n_factors_absent,
    compared.n_not_understood,
    compared.is_reliable
from {{ dbt_satisfaction.with_q_values(
    dbt_satisfaction.with_q_values('tested', 'change_p_value', family, 'is_tested', 'change_q_value') ~ ' as changed',
    'rest_p_value', family, 'is_compared', 'rest_q_value'
) }} as compared
inner join waves on compared.survey_id = waves.survey_id
cross join factors
