-- The questions of the path model in each wave that can be modelled: one that asks at least one question of every
-- construct.
with items as (
    select * from {{ dbt_satisfaction.method_table('path_items') }}
),

blocks as (
    select * from {{ dbt_satisfaction.method_table('path_blocks') }}
),

asked as (
    select * from {{ ref('int_question_sums') }}
    where segment_type = 'total' and n_valid > 0
),

measured as (
    select
        asked.survey_id,
        asked.question_id,
        items.block_id,
        blocks.mode,
        asked.value_min,
        asked.value_max
    from asked
    inner join items on asked.question_id = items.question_id
    inner join blocks on items.block_id = blocks.block_id
),

complete as (
    select survey_id
    from measured
    group by survey_id
    having count(distinct block_id) = (select count(*) from blocks)
)

select measured.*
from measured
inner join complete on measured.survey_id = complete.survey_id
