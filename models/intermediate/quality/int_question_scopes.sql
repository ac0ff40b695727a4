-- The performance questions that are meant to measure one thing: those of a factor, of the factors of a SERVQUAL
-- dimension, and of the factors under one parent of the hierarchy. A single question is no scope.
with questions as (
    select question_id, factor_id from {{ ref('method_questions') }}
    where role = 'performance'
),

scopes as (
    select factor_id, 'factor' as scope_type, factor_id as scope_id from questions
    union
    select factor_id, 'servqual' as scope_type, servqual as scope_id from {{ dbt_satisfaction.method_table('factors') }}
    where servqual is not null
    union
    select node_id as factor_id, 'hierarchy' as scope_type, parent_id as scope_id
    from {{ dbt_satisfaction.method_table('ahp_hierarchy') }}
    where model = 'satisfaction' and parent_id is not null
)

select
    scopes.scope_type,
    scopes.scope_id,
    questions.question_id
from scopes
inner join questions on scopes.factor_id = questions.factor_id
qualify count(*) over (partition by scopes.scope_type, scopes.scope_id) > 1
