{{ config(materialized='view') }}

-- The overall verdict of each respondent of a wave, from which weights can be derived.
select
    survey_id,
    customer_id,
    cast(overall_level as double) as outcome
from {{ ref('int_customer_waves') }}
