{{ config(materialized='view') }}

select
    survey_id,
    customer_id,
    stratum,
    design_weight,
    factor as weight_factor,
    weight as respondent_weight,
    reason as weight_reason
from {{ ref('int_weights') }}
