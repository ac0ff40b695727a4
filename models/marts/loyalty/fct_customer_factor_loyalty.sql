select
    month_start,
    customer_id,
    factor_id,
    100 * score as factor_score,
    weight,
    contribution
from {{ ref('py_loyalty_factor_index') }}
