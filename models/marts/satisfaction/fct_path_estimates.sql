select
    survey_id,
    segment_type,
    segment_value,
    kind,
    from_id,
    to_id,
    via,
    {{ dbt_satisfaction.known('estimate') }} as estimate,
    {{ dbt_satisfaction.known('standard_error') }} as standard_error,
    {{ dbt_satisfaction.known('low') }} as low,
    {{ dbt_satisfaction.known('high') }} as high,
    n_respondents,
    status,
    status = 'estimated' and n_respondents >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_path_model') }}
