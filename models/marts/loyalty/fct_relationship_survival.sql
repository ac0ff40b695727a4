select
    segment_type,
    segment_value,
    age_months,
    n_at_risk,
    n_entered,
    n_lost,
    n_censored,
    {{ dbt_satisfaction.known('loss_rate') }} as loss_rate,
    {{ dbt_satisfaction.known('survival') }} as survival,
    {{ dbt_satisfaction.known('standard_error') }} as standard_error,
    {{ dbt_satisfaction.known('low') }} as survival_low,
    {{ dbt_satisfaction.known('high') }} as survival_high,
    {{ dbt_satisfaction.known('mean_months') }} as mean_months,
    cast({{ dbt_satisfaction.known('median_months') }} as integer) as median_months,
    cast({{ dbt_satisfaction.known('median_low') }} as integer) as median_low,
    cast({{ dbt_satisfaction.known('median_high') }} as integer) as median_high,
    n_at_risk >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_relationship_survival') }}
