-- The scale on which each factor's performance is rated, with its lowest and highest value (never the observed ones).
with questions as (
    select distinct factor_id, scale_id
    from {{ ref('method_questions') }}
    where role = 'performance'
),

levels as (
    select distinct scale_id, n_levels, value_min, value_max
    from {{ ref('int_scale_levels') }}
)

select
    questions.factor_id,
    questions.scale_id,
    levels.n_levels,
    levels.value_min,
    levels.value_max
from questions
inner join levels on questions.scale_id = levels.scale_id
