select
    survey_id,
    segment_type,
    segment_value,
    outcome,
    test_id,
    n as n_respondents,
    n_effective,
    estimate,
    {{ dbt_satisfaction.nan_to_null('estimate_low') }} as estimate_low,
    {{ dbt_satisfaction.nan_to_null('estimate_high') }} as estimate_high,
    {{ dbt_satisfaction.nan_to_null('p_value') }} as p_value,
    verdict,
    n_effective >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_satisfaction_loyalty_tests') }}
