select
    model,
    scope,
    expert_id,
    parent_id,
    cast(n as integer) as n,
    cast(n_missing as integer) as n_missing,
    {{ dbt_satisfaction.nan_to_null('lambda_max') }} as lambda_max,
    {{ dbt_satisfaction.nan_to_null('ci') }} as ci,
    ri,
    ri_table,
    {{ dbt_satisfaction.nan_to_null('cr') }} as cr,
    status,
    {{ dbt_satisfaction.nan_to_null('consensus') }} as consensus
from {{ ref('py_ahp') }}
where kind = 'consistency'
