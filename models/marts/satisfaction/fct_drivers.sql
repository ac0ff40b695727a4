select
    survey_id,
    segment_type,
    segment_value,
    factor_id,
    method,
    n_respondents,
    estimate,
    {{ dbt_satisfaction.known('standard_error') }} as standard_error,
    {{ dbt_satisfaction.known('estimate_low') }} as estimate_low,
    {{ dbt_satisfaction.known('estimate_high') }} as estimate_high,
    {{ dbt_satisfaction.known('share') }} as share,
    driver_rank,
    {{ dbt_satisfaction.known('r_squared') }} as r_squared,
    {{ dbt_satisfaction.known('r_squared_low') }} as r_squared_low,
    {{ dbt_satisfaction.known('r_squared_high') }} as r_squared_high,
    {{ dbt_satisfaction.known('vif') }} as vif,
    n_respondents >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_drivers') }}
