select
    survey_id,
    segment_type,
    segment_value,
    effect,
    from_stage,
    to_stage,
    n_respondents,
    estimate,
    {{ dbt_satisfaction.known('standard_error') }} as standard_error,
    {{ dbt_satisfaction.known('estimate_low') }} as estimate_low,
    {{ dbt_satisfaction.known('estimate_high') }} as estimate_high,
    status,
    n_respondents >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_service_profit_chain') }}
