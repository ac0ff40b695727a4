{{ config(materialized='view') }}

with indices as (
    select
        survey_id,
        customer_id,
        n_factors,
        weight_coverage,
        index_score,
        index_score_rescaled
    from {{ ref('py_customer_index') }}
),

answered as (
    select
        survey_id,
        customer_id,
        n_responses,
        n_valid_answers,
        n_missing_answers,
        last_answered_at,
        overall_level,
        recommendation,
        repeat_probability
    from {{ ref('int_respondent_answers') }}
)

select
    answered.survey_id,
    answered.customer_id,
    indices.index_score as satisfaction_index,
    indices.index_score_rescaled as satisfaction_index_0_100,
    coalesce(indices.weight_coverage, 0) as weight_coverage,
    coalesce(indices.n_factors, 0) as n_factors,
    answered.n_valid_answers,
    answered.n_missing_answers,
    answered.n_responses,
    answered.last_answered_at,
    cast(answered.overall_level as integer) as overall_level,
    answered.recommendation,
    answered.repeat_probability
from answered
left join indices
    on answered.survey_id = indices.survey_id
    and answered.customer_id = indices.customer_id
