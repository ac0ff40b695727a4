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

factors as (
    select count(*) as n_factors
    from {{ ref('int_satisfaction_weights') }}
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
    indices.n_respondents >= {{ var('min_respondents') }} as is_reliable
from indices
inner join waves on indices.survey_id = waves.survey_id
cross join factors
