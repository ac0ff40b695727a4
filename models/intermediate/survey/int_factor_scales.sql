-- The scale on which each factor's performance is rated, with its lowest and highest value (never the observed ones).
-- factor_column is what its columns are called in int_respondent_answers: its name, or a number where the name is no
-- column on every engine, or begins as extra columns of customers do.
with questions as (
    select distinct factor_id, scale_id
    from {{ ref('method_questions') }}
    where role = 'performance'
),

numbered as (
    select
        *,
        row_number() over (order by factor_id) as place
    from questions
),

levels as (
    select distinct scale_id, n_levels, value_min, value_max
    from {{ ref('int_scale_levels') }}
)

select
    numbered.factor_id,
    case
        when {{ dbt_satisfaction.has_form('numbered.factor_id', '[a-wyz][a-z0-9_]*|x[a-z0-9][a-z0-9_]*') }}
            then numbered.factor_id
        else '_factor_' || cast(numbered.place as {{ dbt.type_string() }})
    end as factor_column,
    numbered.scale_id,
    levels.n_levels,
    levels.value_min,
    levels.value_max
from numbered
inner join levels on numbered.scale_id = levels.scale_id
