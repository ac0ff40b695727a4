select
    survey_id,
    segment_type,
    segment_value,
    measure,
    scope_type,
    scope_id,
    item_id,
    {{ dbt_satisfaction.nan_to_null('value') }} as value,
    {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
    {{ dbt_satisfaction.nan_to_null('low') }} as low,
    {{ dbt_satisfaction.nan_to_null('high') }} as high,
    cast({{ dbt_satisfaction.nan_to_null('n_items') }} as bigint) as n_items,
    n_respondents,
    cast({{ dbt_satisfaction.nan_to_null('n_others') }} as bigint) as n_others,
    least(n_respondents, coalesce({{ dbt_satisfaction.nan_to_null('n_others') }}, n_respondents))
    >= {{ var('min_respondents') }} as is_reliable
from {{ ref('py_instrument_quality') }}
