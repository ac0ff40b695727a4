with tested as (
    select
        survey_id,
        segment_type,
        segment_value,
        outcome,
        test_id,
        n,
        n_effective,
        estimate,
        {{ dbt_satisfaction.nan_to_null('estimate_low') }} as estimate_low,
        {{ dbt_satisfaction.nan_to_null('estimate_high') }} as estimate_high,
        {{ dbt_satisfaction.nan_to_null('p_value') }} as p_value,
        verdict,
        n_effective >= {{ var('min_respondents') }} as is_reliable,
        n_effective >= {{ var('min_respondents') }}
        and {{ dbt_satisfaction.nan_to_null('p_value') }} is not null as is_tested
    from {{ ref('py_satisfaction_loyalty_tests') }}
)

select
    survey_id,
    segment_type,
    segment_value,
    outcome,
    test_id,
    n as n_respondents,
    n_effective,
    estimate,
    estimate_low,
    estimate_high,
    p_value,
    q_value,
    verdict,
    is_reliable
from {{ dbt_satisfaction.with_q_values(
    'tested', 'p_value', ['survey_id', 'segment_type', 'outcome', 'test_id'], 'is_tested', 'q_value'
) }} as with_q
