select
    survey_id,
    segment_type,
    segment_value,
    kind,
    from_id,
    to_id,
    via,
    {{ dbt_satisfaction.nan_to_null('estimate') }} as estimate,
    {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
    {{ dbt_satisfaction.nan_to_null('low') }} as low,
    {{ dbt_satisfaction.nan_to_null('high') }} as high,
    n_respondents,
    n_effective,
    status,
    status = 'estimated' and n_effective >= {{ var('min_respondents') }}
    -- negative weights may take an index off its scale
    and (
        kind != 'index' or coalesce(least(estimate, low) >= 0 and greatest(estimate, high) <= 100, false)
    ) as is_reliable
from {{ ref('py_path_model') }}
