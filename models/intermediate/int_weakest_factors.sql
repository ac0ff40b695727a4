-- The factor that costs a customer the most points of the index in the latest wave with an index: the largest weight ×
-- shortfall.
with waves as (
    select
        survey_id,
        wave_number
    from {{ ref('int_waves') }}
),

factors as (
    select
        scored.customer_id,
        scored.survey_id,
        scored.factor_id,
        100 * scored.score as factor_score,
        100 * scored.weight - scored.contribution as points_lost,
        waves.wave_number
    from {{ ref('py_customer_factor_index') }} as scored
    inner join waves on scored.survey_id = waves.survey_id
    where scored.contribution is not null
)

select
    customer_id,
    survey_id,
    factor_id,
    factor_score,
    points_lost
from factors
qualify
    row_number() over (partition by customer_id order by wave_number desc, round(points_lost, 9) desc, factor_id) = 1
