{{ config(materialized='view') }}

-- Weights of the loyalty factors (the leaves of their hierarchy).
select
    node_id as factor_id,
    weight
from {{ ref('py_factor_weights') }}
where
    model = 'loyalty'
    and node_id in (select factor_id from {{ dbt_satisfaction.method_table('loyalty_factor_values') }})
