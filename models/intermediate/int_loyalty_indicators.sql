-- The three indicators of loyalty of each customer, from the latest wave answered by the end of a month: one row per
-- customer and stretch of months, from_month <= month < to_month (null = without end).
with answered as (
    select
        answers.customer_id,
        answers.survey_id,
        answers.overall_level,
        answers.repeat_probability,
        answers.recommendation,
        coalesce(cast(answers.last_answered_at as date), waves.wave_date) as answered_on
    from {{ ref('int_customer_waves') }} as answers
    inner join {{ ref('int_waves') }} as waves on answers.survey_id = waves.survey_id
    where
        answers.overall_level is not null
        or answers.repeat_probability is not null
        or answers.recommendation is not null
),

latest as (
    select
        *,
        cast(date_trunc('month', answered_on) as date) as from_month,
        cast(date_trunc(
            'month', lead(answered_on) over (partition by customer_id order by answered_on, survey_id)
        ) as date) as to_month
    from answered
)

select
    customer_id,
    from_month,
    to_month,
    survey_id,
    overall_level,
    repeat_probability,
    case when repeat_probability is not null then 'stated' end as repeat_source,
    recommendation
from latest
where to_month is null or from_month < to_month
