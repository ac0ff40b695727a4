-- The three indicators of loyalty of each customer, from the latest wave answered by the end of a month: one row per
-- customer and stretch of months, from_month <= month < to_month (null = without end). In the last complete month the
-- modelled repeat probability may stand in: the model knows all until today, so in earlier months it would look ahead.
with answered as (
    select
        answers.customer_id,
        answers.survey_id,
        answers.overall_level,
        answers.is_satisfied,
        answers.repeat_probability,
        answers.recommendation,
        coalesce(cast(answers.last_answered_at as date), waves.wave_date) as answered_on
    from {{ dbt_satisfaction.ref_if_on('int_verdicts') }} as answers
    inner join {{ dbt_satisfaction.ref_if_on('int_waves') }} as waves on answers.survey_id = waves.survey_id
    where
        answers.overall_level is not null
        or answers.repeat_probability is not null
        or answers.recommendation is not null
),

latest as (
    select
        *,
        {{ dbt_satisfaction.stretch_of_answer() }}
    from answered
),

stated as (
    select
        customer_id,
        from_month,
        to_month,
        survey_id,
        answered_on,
        overall_level,
        is_satisfied,
        repeat_probability,
        case when repeat_probability is not null then 'stated' end as repeat_source,
        recommendation
    from latest
    where to_month is null or from_month < to_month
),

fitted as (
    select distinct model
    from {{ ref('py_purchase_models') }}
    where model = 'bg_nbd' and status = 'estimated'
),

expected as (
    select
        summaries.customer_id,
        calendar.last_month,
        predictions.repeat_probability,
        {{ dbt_satisfaction.nan_to_null('predictions.repeat_low') }} as repeat_low,
        {{ dbt_satisfaction.nan_to_null('predictions.repeat_high') }} as repeat_high
    from {{ ref('int_purchase_summaries') }} as summaries
    inner join {{ ref('py_purchase_predictions') }} as predictions
        on summaries.n_repeats = predictions.n_repeats
        and summaries.days_to_last = predictions.days_to_last
        and summaries.days_observed = predictions.days_observed
    cross join {{ ref('int_calendar') }} as calendar
    cross join fitted
),

modelled as (
    select
        expected.*,
        stated.survey_id,
        stated.answered_on,
        stated.overall_level,
        stated.is_satisfied,
        stated.recommendation
    from expected
    left join stated
        on expected.customer_id = stated.customer_id
        and expected.last_month >= stated.from_month
        and (expected.last_month < stated.to_month or stated.to_month is null)
    where
        case '{{ var('repeat_probability_source') }}'
            when 'modelled' then true
            when 'stated_else_modelled' then stated.repeat_probability is null
        end
)

select
    stated.customer_id,
    stated.from_month,
    coalesce(modelled.last_month, stated.to_month) as to_month,
    stated.survey_id,
    stated.answered_on,
    stated.overall_level,
    stated.is_satisfied,
    stated.repeat_probability,
    stated.repeat_source,
    stated.recommendation,
    cast(null as double) as repeat_low,
    cast(null as double) as repeat_high
from stated
left join modelled
    on stated.customer_id = modelled.customer_id
    and stated.from_month <= modelled.last_month
    and (stated.to_month > modelled.last_month or stated.to_month is null)
where modelled.last_month is null or stated.from_month < modelled.last_month
union all
select
    customer_id,
    last_month as from_month,
    {{ dbt_satisfaction.add_months('last_month', 1) }} as to_month,
    survey_id,
    answered_on,
    overall_level,
    is_satisfied,
    repeat_probability,
    'bg_nbd' as repeat_source,
    recommendation,
    repeat_low,
    repeat_high
from modelled
