-- What the scores of a question are made of in each segment of a wave: answers by kind, and sums of values and
-- squares. Responses are pooled by combination of segment values first: a response is counted once and not once per
-- segment type. A cell none of whose answers is understood has a row, too.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set longest = dbt_satisfaction.longest_scale() %}
{%- set counted = dbt_satisfaction.prefixed('n_level_', range(1, longest + 1)) + ['n_missing'] %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

answers as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'customer_id', 'is_repeated'] + types, dbt_satisfaction.question_levels(),
        ['question_id', 'level']
    ) }} as cells
    where level is not null
),

combinations as (
    select
        survey_id,
        {{ types | join(', ') }},
        question_id,
        {%- for level in range(1, longest + 1) %}
        count(*) filter (where level = {{ level }}) as n_level_{{ level }},
        {%- endfor %}
        count(*) filter (where level = 0) as n_missing,
        -- nearly all respondents sent one response: only the others need to be told apart
        count(*) filter (where level > 0 and not is_repeated) as n_single,
        count(distinct case when level > 0 and is_repeated then customer_id end) as n_others
    from answers
    group by survey_id, {{ types | join(', ') }}, question_id
),

counts as (
    select
        {%- for name in counted %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(n_single) + sum(n_others) as bigint) as n_respondents,
        survey_id,
        segment_type,
        segment_value,
        question_id
    from {{ dbt_satisfaction.unpivot_columns(
        'combinations', ['survey_id', 'question_id', 'n_single', 'n_others'] + counted, types, 'segment_type', 'segment_value'
    ) }} as members
    group by survey_id, segment_type, segment_value, question_id
),

levels as (
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
    where not {{ dbt_satisfaction.is_pair('segment_type') }}
),

by_level as (
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
        'counts',
        ['survey_id', 'segment_type', 'segment_value', 'question_id', 'n_respondents', 'n_missing'],
        dbt_satisfaction.prefixed('n_level_', range(1, longest + 1)), 'level_name', 'n'
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
    left join counts as understood
        on unknown.survey_id = understood.survey_id
        and unknown.segment_type = understood.segment_type
        and unknown.segment_value = understood.segment_value
        and unknown.question_id = understood.question_id
    where understood.question_id is null
)

select
    by_level.survey_id,
    by_level.segment_type,
    by_level.segment_value,
    by_level.question_id,
    questions.role,
    levels.n_levels,
    levels.value_min,
    levels.value_max,
    cast(levels.n_satisfied_levels as integer) as n_satisfied_levels,
    by_level.n_respondents,
    cast(sum(by_level.n) as bigint) as n_valid,
    by_level.n_missing,
    coalesce(max(unknown.n_not_understood), 0) as n_not_understood,
    cast(sum(case when levels.is_satisfied then by_level.n else 0 end) as bigint) as n_satisfied,
    cast(sum(case when levels.is_top_2 then by_level.n else 0 end) as bigint) as n_top_2,
    cast(sum(case when levels.is_bottom then by_level.n else 0 end) as bigint) as n_bottom,
    cast(sum(case when levels.is_promoter then by_level.n else 0 end) as bigint) as n_promoters,
    cast(sum(case when levels.is_detractor then by_level.n else 0 end) as bigint) as n_detractors,
    cast(sum(cast(levels.value * by_level.n as decimal(38, 12))) as double) as value_sum,
    cast(sum(cast(levels.value * levels.value * by_level.n as decimal(38, 12))) as double) as square_sum
from by_level
inner join questions on by_level.question_id = questions.question_id
inner join levels
    on questions.scale_id = levels.scale_id
    and by_level.level_name = 'n_level_' || cast(levels.level as {{ dbt.type_string() }})
left join unknown
    on by_level.survey_id = unknown.survey_id
    and by_level.segment_type = unknown.segment_type
    and by_level.segment_value = unknown.segment_value
    and by_level.question_id = unknown.question_id
group by
    by_level.survey_id, by_level.segment_type, by_level.segment_value, by_level.question_id, questions.role,
    levels.n_levels, levels.value_min, levels.value_max, levels.n_satisfied_levels, by_level.n_respondents,
    by_level.n_missing
