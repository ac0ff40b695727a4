-- What the scores of a question are made of: answers by kind, and sums of values and squares. A cell none of whose
-- answers is understood has a row, too.
with levels as (
    select
        *,
        sum(case when is_satisfied then 1 else 0 end) over (partition by scale_id) as n_satisfied_levels
    from {{ ref('int_scale_levels') }}
),

questions as (
    select * from {{ ref('method_questions') }}
),

unknown as (
    select * from {{ ref('int_not_understood') }}
),

counts as (
    select
        survey_id,
        segment_type,
        segment_value,
        question_id,
        n_respondents,
        n_missing,
        level_name,
        n
    from {{ dbt_satisfaction.unpivot_columns(
        ref('int_question_counts'),
        ['survey_id', 'segment_type', 'segment_value', 'question_id', 'n_respondents', 'n_missing'],
        dbt_satisfaction.prefixed('n_level_', range(1, dbt_satisfaction.longest_scale() + 1)), 'level_name', 'n'
    ) }} as cells
    union all
    select
        unknown.survey_id,
        unknown.segment_type,
        unknown.segment_value,
        unknown.question_id,
        0 as n_respondents,
        0 as n_missing,
        'n_level_1' as level_name,
        0 as n
    from unknown
    left join {{ ref('int_question_counts') }} as understood
        on unknown.survey_id = understood.survey_id
        and unknown.segment_type = understood.segment_type
        and unknown.segment_value = understood.segment_value
        and unknown.question_id = understood.question_id
    where understood.question_id is null
)

select
    counts.survey_id,
    counts.segment_type,
    counts.segment_value,
    counts.question_id,
    questions.role,
    levels.n_levels,
    levels.value_min,
    levels.value_max,
    cast(levels.n_satisfied_levels as integer) as n_satisfied_levels,
    counts.n_respondents,
    cast(sum(counts.n) as bigint) as n_valid,
    counts.n_missing,
    coalesce(max(unknown.n_not_understood), 0) as n_not_understood,
    cast(sum(case when levels.is_satisfied then counts.n else 0 end) as bigint) as n_satisfied,
    cast(sum(case when levels.is_top_2 then counts.n else 0 end) as bigint) as n_top_2,
    cast(sum(case when levels.is_bottom then counts.n else 0 end) as bigint) as n_bottom,
    cast(sum(case when levels.is_promoter then counts.n else 0 end) as bigint) as n_promoters,
    cast(sum(case when levels.is_detractor then counts.n else 0 end) as bigint) as n_detractors,
    cast(sum(cast(levels.value * counts.n as decimal(38, 12))) as double) as value_sum,
    cast(sum(cast(levels.value * levels.value * counts.n as decimal(38, 12))) as double) as square_sum
from counts
inner join questions on counts.question_id = questions.question_id
inner join levels
    on questions.scale_id = levels.scale_id
    and counts.level_name = 'n_level_' || cast(levels.level as {{ dbt.type_string() }})
left join unknown
    on counts.survey_id = unknown.survey_id
    and counts.segment_type = unknown.segment_type
    and counts.segment_value = unknown.segment_value
    and counts.question_id = unknown.question_id
group by
    counts.survey_id, counts.segment_type, counts.segment_value, counts.question_id, questions.role, levels.n_levels,
    levels.value_min, levels.value_max, levels.n_satisfied_levels, counts.n_respondents, counts.n_missing
