{{ config(materialized='view') }}

select
    month_start,
    customer_id,
    loyalty_index,
    weight_coverage,
    ladder_level,
    class_id as loyalty_class,
    is_loyal,
    relation_id as satisfaction_loyalty_relation,
    survey_id,
    overall_level,
    is_satisfied,
    repeat_probability,
    repeat_source,
    repeat_low,
    repeat_high,
    repeat_straddles,
    repeat_band,
    recommendation,
    recommend_band,
    tenure_months,
    n_purchases,
    amount,
    revenue,
    product_count,
    breadth
from {{ ref('int_loyalty_months') }}
