select
    survey_id,
    segment_type,
    segment_value,
    factor_id,
    method,
    n_respondents,
    estimate,
    standard_error,
    estimate_low,
    estimate_high,
    share,
    driver_rank,
    r_squared,
    r_squared_low,
    r_squared_high,
    vif,
    n_respondents >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_drivers') }}
