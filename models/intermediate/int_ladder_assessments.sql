-- A department's judgement, month by month. A change moves the customer in the month it is made and is taken back in
-- the month after it expires. A level without expiry is set once; a level with expiry is held in every month at whose
-- end it is in force, and then let go. What was judged before the replay begins counts in its first month.
with assessments as (
    select * from {{ ref('stg_loyalty_assessments') }}
),

rules as (
    select * from {{ ref('method_ladder_rules') }}
    where enabled and metric in ('assessment_level', 'assessment_change')
),

first_months as (
    select
        customer_id,
        min(month_start) as first_month
    from {{ ref('int_customer_months') }}
    where has_behaviour
    group by all
),

judged as (
    select
        assessments.customer_id,
        assessments.assessed_on,
        assessments.expires_on,
        assessments.author,
        assessments.reason as note,
        assessments.level,
        assessments.change,
        rules.rule_id,
        coalesce(rules.exclusive_group, rules.rule_id) as rule_group,
        greatest(cast(date_trunc('month', assessments.assessed_on) as date), first_months.first_month) as from_month,
        case
            when assessments.expires_on = last_day(assessments.expires_on)
                then {{ dbt_satisfaction.add_months("date_trunc('month', assessments.expires_on)", 1) }}
            else cast(date_trunc('month', assessments.expires_on) as date)
        end as end_month
    from assessments
    inner join rules
        on rules.metric = case when assessments.level is not null then 'assessment_level' else 'assessment_change' end
    inner join first_months on assessments.customer_id = first_months.customer_id
),

-- from the month in which it counts until the month at whose end it has expired; one that expired before the end of
-- its first month never counts
in_force as (
    select * from judged
    where end_month is null or end_month > from_month
),

steps as (
    select
        *,
        from_month as month_start,
        change as step,
        case when expires_on is null then level end as set_level,
        case when expires_on is not null then level end as held_level,
        false as is_expiry
    from in_force
    union all
    select
        *,
        end_month as month_start,
        -change as step,
        cast(null as integer) as set_level,
        cast(null as integer) as held_level,
        true as is_expiry
    from in_force
    where end_month is not null
)

select
    customer_id,
    month_start,
    rule_id,
    rule_group,
    max_by(author, assessed_on) as author,
    max_by(note, assessed_on) as note,
    cast(max_by(set_level, case when set_level is not null then assessed_on end) as integer) as set_level,
    cast(max_by(held_level, case when held_level is not null then assessed_on end) as integer) as held_level,
    max_by(end_month, case when held_level is not null then assessed_on end) as held_until,
    cast(coalesce(sum(step), 0) as integer) as change,
    bool_and(is_expiry) as is_expiry
from steps
group by all
