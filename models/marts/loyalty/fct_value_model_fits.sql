select
    model,
    parameter,
    {{ dbt_satisfaction.known('estimate') }} as estimate,
    {{ dbt_satisfaction.known('standard_error') }} as standard_error,
    {{ dbt_satisfaction.known('low') }} as low,
    {{ dbt_satisfaction.known('high') }} as high,
    {{ dbt_satisfaction.known('log_likelihood') }} as log_likelihood,
    n_customers,
    n_repeating,
    status,
    note_zh,
    note_en,
    status = 'estimated' as is_reliable
from {{ ref('py_purchase_models') }}
