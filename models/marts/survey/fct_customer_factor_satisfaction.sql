{{ config(materialized='view') }}

select
    survey_id,
    customer_id,
    factor_id,
    n_valid,
    n_missing,
    100 * score as factor_score,
    100 * score_rescaled as factor_score_0_100,
    weight,
    contribution
from {{ ref('py_customer_factor_index') }}
