select
    model,
    parameter,
    {{ dbt_satisfaction.nan_to_null('estimate') }} as estimate,
    {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
    {{ dbt_satisfaction.nan_to_null('low') }} as low,
    {{ dbt_satisfaction.nan_to_null('high') }} as high,
    {{ dbt_satisfaction.nan_to_null('log_likelihood') }} as log_likelihood,
    n_customers,
    n_repeating,
    status,
    note_zh,
    note_en,
    status = 'estimated' as is_reliable
from {{ ref('py_purchase_models') }}
