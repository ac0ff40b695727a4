-- What is known of every customer today, in one row: the last complete month, the latest wave, the latest reason on the
-- ladder, the oldest open complaint.
with calendar as (
    select * from {{ ref('int_calendar') }}
),

customers as (
    select distinct customer_id from {{ ref('int_customer_versions') }}
),

loyalty as (
    select loyalty_months.*
    from {{ ref('int_loyalty_months') }} as loyalty_months
    inner join calendar on loyalty_months.month_start = calendar.last_month
),

behaviour as (
    select behaviour_months.*
    from {{ ref('int_customer_behaviour') }} as behaviour_months
    inner join calendar on behaviour_months.month_start = calendar.last_month
),

tiers as (
    select
        tiered.customer_id,
        rules.tier_id,
        {{ dbt_satisfaction.rfm_cell('tiered') }} as rfm_cell
    from {{ ref('int_customer_tiers') }} as tiered
    inner join calendar on tiered.month_start = calendar.last_month
    left join {{ dbt_satisfaction.method_table('tier_rules') }} as rules on tiered.rule_order = rules.rule_order
),

-- of the events of the latest month with one the strongest
reasons as (
    select
        customer_id,
        month_start as ladder_changed_in,
        rule_id as ladder_rule_id
    from {{ ref('int_ladder_events') }}
    where effect in ('moves', 'sets', 'holds', 'shifts')
    qualify
        row_number() over (
            partition by customer_id order by month_start desc, abs(change) desc nulls last, rule_id
        ) = 1
),

open_complaints as (
    select
        customer_id,
        complaint_id as open_complaint_id,
        cast(opened_at as date) as complaint_opened_on,
        count(*) over (partition by customer_id) as n_open_complaints
    from {{ ref('stg_complaints') }}
    where resolved_at is null
    qualify row_number() over (partition by customer_id order by opened_at, complaint_id) = 1
),

-- of the latest wave with an index the factor that costs the most points of it: the largest weight × shortfall
weakest as (
    select
        scored.customer_id,
        scored.survey_id,
        scored.factor_id,
        100 * scored.score as factor_score,
        100 * scored.weight - scored.contribution as points_lost
    from {{ ref('py_customer_factor_index') }} as scored
    inner join {{ ref('int_waves') }} as waves on scored.survey_id = waves.survey_id
    where scored.contribution is not null
    qualify
        row_number() over (
            partition by scored.customer_id
            order by waves.wave_number desc, round(100 * scored.weight - scored.contribution, 9) desc, scored.factor_id
        ) = 1
),

-- the latest verdict on the whole: also of who was asked about no factor
verdicts as (
    select
        answered.customer_id,
        answered.survey_id,
        answered.overall_level,
        answered.is_satisfied
    from {{ ref('int_customer_waves') }} as answered
    inner join {{ ref('int_waves') }} as waves on answered.survey_id = waves.survey_id
    where answered.overall_level is not null
    qualify row_number() over (partition by answered.customer_id order by waves.wave_number desc) = 1
),

indices as (
    select
        survey_id,
        customer_id,
        index_score
    from {{ ref('py_customer_index') }}
)

select
    customers.customer_id,
    calendar.as_of_date,
    loyalty.month_start,
    tiers.tier_id,
    tiers.rfm_cell,
    case when loyalty.has_behaviour then behaviour.is_active end as is_active,
    loyalty.customer_status,
    loyalty.left_since,
    loyalty.last_level,
    behaviour.recency_days,
    behaviour.n_purchases_in_window,
    behaviour.amount_in_window,
    loyalty.loyalty_index,
    loyalty.ladder_level,
    loyalty.class_id as loyalty_class,
    loyalty.is_loyal,
    loyalty.relation_id,
    cast(coalesce(loyalty.overall_level, verdicts.overall_level) as integer) as overall_level,
    coalesce(loyalty.is_satisfied, verdicts.is_satisfied) as is_satisfied,
    loyalty.repeat_probability,
    loyalty.repeat_source,
    reasons.ladder_changed_in,
    reasons.ladder_rule_id,
    coalesce(weakest.survey_id, verdicts.survey_id) as survey_id,
    indices.index_score as satisfaction_index,
    coalesce(weakest.points_lost > 1e-9, false) as has_weakest_factor,
    case when weakest.points_lost > 1e-9 then weakest.factor_id end as weakest_factor_id,
    case when weakest.points_lost > 1e-9 then weakest.factor_score end as weakest_factor_score,
    case when weakest.points_lost > 1e-9 then weakest.points_lost end as weakest_factor_points_lost,
    open_complaints.open_complaint_id is not null as has_open_complaint,
    coalesce(open_complaints.n_open_complaints, 0) as n_open_complaints,
    open_complaints.open_complaint_id,
    open_complaints.complaint_opened_on
from customers
cross join calendar
left join loyalty on customers.customer_id = loyalty.customer_id
left join behaviour on customers.customer_id = behaviour.customer_id
left join tiers on customers.customer_id = tiers.customer_id
left join reasons on customers.customer_id = reasons.customer_id
left join open_complaints on customers.customer_id = open_complaints.customer_id
left join verdicts on customers.customer_id = verdicts.customer_id
left join weakest on customers.customer_id = weakest.customer_id
left join indices on weakest.customer_id = indices.customer_id and weakest.survey_id = indices.survey_id
