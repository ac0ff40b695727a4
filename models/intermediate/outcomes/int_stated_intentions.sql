-- Who stated in a wave how likely another purchase is, and what happened in the conversion_months whole months after
-- the month of the answer: bought, or held a service at their end. Customers who never bought or held anything by the
-- month of the answer are not eligible: of them only those who bought later would be known.
with stated as (
    select
        answers.survey_id,
        answers.customer_id,
        answers.repeat_probability,
        cast(date_trunc('month', coalesce(cast(answers.last_answered_at as date), waves.wave_date)) as date)
            as stated_month
    from {{ ref('int_verdicts') }} as answers
    inner join {{ ref('int_waves') }} as waves on answers.survey_id = waves.survey_id
    where
        answers.repeat_probability is not null
        -- answers alone say nothing of what followed
        and (select count(*) from {{ ref('int_active_stretches') }}) > 0
),

bands as (
    {{ dbt_satisfaction.banded_values('stated', 'repeat_probability') }}
),

first_active as (
    select
        customer_id,
        min(from_month) as from_month
    from {{ ref('int_active_stretches') }}
    group by customer_id
),

windows as (
    select
        stated.survey_id,
        stated.customer_id,
        stated.repeat_probability,
        bands.band as repeat_band,
        stated.stated_month,
        {{ dbt_satisfaction.add_months('stated.stated_month', var('conversion_months')) }} as last_window_month,
        first_active.from_month <= stated.stated_month as is_known
    from stated
    left join bands on stated.repeat_probability = bands.repeat_probability
    left join first_active on stated.customer_id = first_active.customer_id
),

bought as (
    select distinct
        windows.survey_id,
        windows.customer_id
    from windows
    inner join {{ ref('int_purchases') }} as purchases
        on windows.customer_id = purchases.customer_id
        and windows.stated_month < purchases.month_start
        and windows.last_window_month >= purchases.month_start
    where purchases.n_purchases > 0
),

held as (
    {{ dbt_satisfaction.holding_a_service('windows', 'answers.last_window_month') }}
)

select
    windows.survey_id,
    windows.customer_id,
    windows.repeat_probability,
    windows.repeat_band,
    windows.stated_month,
    windows.last_window_month,
    coalesce(windows.is_known and windows.last_window_month <= calendar.last_month, false) as is_eligible,
    bought.customer_id is not null as has_bought,
    bought.customer_id is not null or held.customer_id is not null as is_kept
from windows
cross join {{ ref('int_calendar') }} as calendar
left join bought on windows.survey_id = bought.survey_id and windows.customer_id = bought.customer_id
left join held on windows.survey_id = held.survey_id and windows.customer_id = held.customer_id
