select
    survey_id,
    segment_type,
    segment_value,
    effect,
    from_stage,
    to_stage,
    n_respondents,
    n_effective,
    estimate,
    {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
    {{ dbt_satisfaction.nan_to_null('estimate_low') }} as estimate_low,
    {{ dbt_satisfaction.nan_to_null('estimate_high') }} as estimate_high,
    status,
    n_effective >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_service_profit_chain') }}
