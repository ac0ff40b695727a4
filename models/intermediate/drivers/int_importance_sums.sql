{{ config(materialized='view') }}

-- What stated importance is computed from: of each question about it, in each segment of a wave, the answers and the
-- sums of their values and squares, each times the weight of the respondent.
with sums as (
    select * from {{ ref('int_question_sums') }}
    where role = 'importance' and n_valid > 0
),

questions as (
    select * from {{ ref('method_questions') }}
)
{%- if dbt_satisfaction.is_weighted() %},

levels as (
    select * from {{ ref('int_scale_levels') }}
),

answers as (
    select * from {{ ref('int_weighted_answer_sums') }}
),

weighted as (
    select
        answers.survey_id,
        answers.segment_type,
        answers.segment_value,
        answers.question_id,
        cast(sum(cast(answers.weights as decimal(38, 12))) as double) as weights,
        cast(sum(cast(answers.weight_squares as decimal(38, 12))) as double) as weight_squares,
        cast(sum(cast(answers.weights * levels.value as decimal(38, 12))) as double) as value_sum,
        cast(sum(cast(answers.weights * levels.value * levels.value as decimal(38, 12))) as double) as square_sum
    from answers
    inner join questions on answers.question_id = questions.question_id
    inner join levels on questions.scale_id = levels.scale_id and answers.level = levels.level
    group by answers.survey_id, answers.segment_type, answers.segment_value, answers.question_id
)
{%- endif %}
{%- set source = 'weighted' if dbt_satisfaction.is_weighted() else 'sums' %}

select
    sums.survey_id,
    sums.segment_type,
    sums.segment_value,
    questions.factor_id,
    sums.n_respondents,
    sums.n_valid,
    {{ source }}.{{ 'weights' if dbt_satisfaction.is_weighted() else 'n_valid' }} as weights,
    {{ source }}.{{ 'weight_squares' if dbt_satisfaction.is_weighted() else 'n_valid' }} as weight_squares,
    sums.value_min,
    sums.value_max,
    {{ source }}.value_sum,
    {{ source }}.square_sum
from sums
inner join questions on sums.question_id = questions.question_id
{%- if dbt_satisfaction.is_weighted() %}
inner join weighted
    on sums.survey_id = weighted.survey_id
    and sums.segment_type = weighted.segment_type
    and sums.segment_value = weighted.segment_value
    and sums.question_id = weighted.question_id
{%- endif %}
