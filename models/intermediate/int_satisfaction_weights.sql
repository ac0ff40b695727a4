{{ config(materialized='view') }}

-- Weights of the satisfaction factors (the leaves of their hierarchy) that questionnaires ask about.
select
    node_id as factor_id,
    weight
from {{ ref('py_factor_weights') }}
where
    model = 'satisfaction'
    and node_id in (select factor_id from {{ dbt_satisfaction.method_table('factors') }})
