select
    model,
    scope,
    expert_id,
    parent_id,
    cast(n as integer) as n,
    cast(n_missing as integer) as n_missing,
    {{ dbt_satisfaction.known('lambda_max') }} as lambda_max,
    {{ dbt_satisfaction.known('ci') }} as ci,
    ri,
    ri_table,
    {{ dbt_satisfaction.known('cr') }} as cr,
    status,
    {{ dbt_satisfaction.known('consensus') }} as consensus
from {{ ref('py_ahp') }}
where kind = 'consistency'
