-- A department's judgements that count, one row each: from the month in which it counts until the month at whose end it
-- has expired (end_month; null = without end). A later level without expiry ends what was judged before it. What was
-- judged before the replay begins counts in its first month; what ends before its first month's end never counts.
with assessments as (
    select * from {{ ref('stg_loyalty_assessments') }}
),

rules as (
    select * from {{ dbt_satisfaction.method_table('ladder_rules') }}
    where enabled and metric in ('assessment_level', 'assessment_change')
),

first_months as (
    select
        customer_id,
        first_month
    from {{ ref('int_customer_spans') }}
    where has_behaviour
),

judged as (
    select
        assessments.customer_id,
        assessments.assessed_on,
        rules.rule_id,
        coalesce(rules.exclusive_group, rules.rule_id) as rule_group,
        assessments.author,
        assessments.reason as note,
        assessments.level,
        assessments.change,
        greatest(cast(date_trunc('month', assessments.assessed_on) as date), first_months.first_month) as from_month,
        case
            when assessments.expires_on = last_day(assessments.expires_on)
                then {{ dbt_satisfaction.add_months("date_trunc('month', assessments.expires_on)", 1) }}
            else cast(date_trunc('month', assessments.expires_on) as date)
        end as expiry_month
    from assessments
    inner join rules
        on rules.metric = case when assessments.level is not null then 'assessment_level' else 'assessment_change' end
    inner join first_months on assessments.customer_id = first_months.customer_id
),

followed as (
    select
        *,
        min(case when level is not null and expiry_month is null then from_month end) over (
            partition by customer_id
            order by assessed_on
            rows between 1 following and unbounded following
        ) as set_month
    from judged
),

ended as (
    select
        *,
        case when expiry_month > set_month then set_month else expiry_month end as end_month
    from followed
)

select
    customer_id,
    assessed_on,
    rule_id,
    rule_group,
    author,
    note,
    level,
    change,
    from_month,
    end_month
from ended
where end_month is null or end_month > from_month
