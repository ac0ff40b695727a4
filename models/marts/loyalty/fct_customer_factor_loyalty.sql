{{ config(materialized='view') }}

select
    months.month_start,
    months.customer_id,
    factors.factor_id,
    100 * factors.score as factor_score,
    factors.weight,
    factors.contribution
from {{ ref('int_loyalty_months') }} as months
inner join {{ ref('py_loyalty_factor_index') }} as factors on months.profile_id = factors.profile_id
