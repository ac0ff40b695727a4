-- What every customer said last: the latest verdict on the whole, also of who was asked about no factor; and of the
-- latest wave with an index this index, and the factor that costs the most points of it, by weight × shortfall.
with verdicts as (
    select
        answered.customer_id,
        answered.survey_id,
        answered.overall_level,
        answered.is_satisfied
    from {{ ref('int_verdicts') }} as answered
    inner join {{ ref('int_waves') }} as waves on answered.survey_id = waves.survey_id
    where answered.overall_level is not null
    qualify row_number() over (partition by answered.customer_id order by waves.wave_number desc) = 1
),

weakest as (
    select
        scored.customer_id,
        scored.survey_id,
        scored.factor_id,
        100 * scored.score as factor_score,
        100 * scored.weight - scored.contribution as points_lost
    from {{ ref('py_customer_factor_index') }} as scored
    inner join {{ ref('int_waves') }} as waves on scored.survey_id = waves.survey_id
    where scored.contribution is not null
    qualify
        row_number() over (
            partition by scored.customer_id
            order by waves.wave_number desc, round(100 * scored.weight - scored.contribution, 9) desc, scored.factor_id
        ) = 1
)

select
    coalesce(verdicts.customer_id, weakest.customer_id) as customer_id,
    coalesce(weakest.survey_id, verdicts.survey_id) as survey_id,
    verdicts.overall_level,
    verdicts.is_satisfied,
    indices.index_score as satisfaction_index,
    coalesce(weakest.points_lost > 1e-9, false) as has_weakest_factor,
    case when weakest.points_lost > 1e-9 then weakest.factor_id end as weakest_factor_id,
    case when weakest.points_lost > 1e-9 then weakest.factor_score end as weakest_factor_score,
    case when weakest.points_lost > 1e-9 then weakest.points_lost end as weakest_factor_points_lost
from verdicts
full outer join weakest on verdicts.customer_id = weakest.customer_id
left join {{ ref('py_customer_index') }} as indices
    on weakest.customer_id = indices.customer_id and weakest.survey_id = indices.survey_id
