-- The scale on which each factor's performance is rated, with its lowest and highest value (never the observed ones).
-- factor_no numbers the columns of int_respondent_counts.
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
    cast(row_number() over (order by questions.factor_id) as integer) as factor_no,
    questions.scale_id,
    levels.n_levels,
    levels.value_min,
    levels.value_max
from questions
inner join levels on questions.scale_id = levels.scale_id
