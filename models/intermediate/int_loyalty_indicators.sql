-- The three indicators of loyalty of each customer at the end of a month, from the latest wave answered by then.
with months as (
    select * from {{ ref('int_customer_months') }}
),

answered as (
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

-- one row per customer and stretch of time in which this wave is the latest
latest as (
    select
        *,
        lead(answered_on) over (partition by customer_id order by answered_on, survey_id) as answered_next_on
    from answered
)

select
    months.month_start,
    months.customer_id,
    latest.survey_id,
    latest.overall_level,
    latest.repeat_probability,
    case when latest.repeat_probability is not null then 'stated' end as repeat_source,
    latest.recommendation
from months
inner join latest
    on months.customer_id = latest.customer_id
    and months.month_end >= latest.answered_on
    and (months.month_end < latest.answered_next_on or latest.answered_next_on is null)
