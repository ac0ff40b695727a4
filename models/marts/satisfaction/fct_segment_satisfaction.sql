with indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        n_factors,
        weight_coverage,
        index_score,
        index_score_0_1,
        previous_survey_id,
        n_respondents,
        n_indexed_customers,
        mean_customer_index,
        standard_error,
        standard_error_0_100,
        previous_index,
        index_change,
        change_standard_error,
        index_low,
        index_high,
        change_low,
        change_high
    from {{ ref('py_segment_index') }}
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
    from {{ ref('int_satisfaction_weights') }}
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
)

select
    indices.survey_id,
    cast(waves.wave_number as integer) as wave_number,
    indices.segment_type,
    indices.segment_value,
    indices.n_respondents,
    indices.index_score as satisfaction_index,
    indices.standard_error,
    -- greatest() and least() pass over null, and one respondent has no interval
    case when indices.index_low < 0 then 0 else indices.index_low end as index_low,
    case when indices.index_high > 100 then 100 else indices.index_high end as index_high,
    indices.index_score_0_1 as satisfaction_index_0_100,
    indices.standard_error_0_100,
    indices.previous_survey_id,
    indices.previous_index,
    indices.index_change,
    indices.change_standard_error,
    indices.change_low,
    indices.change_high,
    case
        when indices.change_low > 0 then 'up'
        when indices.change_high < 0 then 'down'
        when indices.change_low is not null then 'unclear'
    end as change_flag,
    indices.mean_customer_index,
    indices.n_indexed_customers,
    indices.weight_coverage,
    cast(factors.n_factors - indices.n_factors as integer) as n_factors_absent,
    coalesce(unknown.n_not_understood, 0) as n_not_understood,
    indices.n_respondents >= {{ var('min_respondents') }}
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
inner join waves on indices.survey_id = waves.survey_id
cross join factors
