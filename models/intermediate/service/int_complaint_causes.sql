-- Every complaint of a complete month, by what it was about and how it was handled.
{%- set repeat_months = '-' ~ var('complaint_repeat_months') %}

with categories as (
    select * from {{ dbt_satisfaction.method_table('complaint_categories') }}
),

-- as fct_service_promises counts them
answers as (
    select
        cases.complaint_id,
        count(case when cases.outcome = 'kept' then 1 end) as n_kept,
        count(case when cases.outcome = 'broken' then 1 end) as n_broken
    from {{ ref('int_timed_promises') }} as cases
    inner join {{ dbt_satisfaction.method_table('service_promises') }} as promises
        on cases.promise_id = promises.promise_id
    where promises.measure = 'first_response_time'
    group by cases.complaint_id
),

named as (
    select
        complaints.complaint_id,
        complaints.customer_id,
        complaints.opened_at,
        complaints.resolved_at,
        complaints.reopened,
        complaints.compensation_amount,
        complaints.compensated_on,
        complaints.decided_by,
        case
            when complaints.compensation_kind is not null then lower(complaints.compensation_kind) != 'none'
            when complaints.compensation_amount > 0 or complaints.compensated_on is not null then true
        end as is_compensated,
        case
            when categories.category is not null then categories.category
            when lower(complaints.category) != 'unknown' then complaints.category
            else 'unknown'
        end as category,
        coalesce(complaints.severity, 'unknown') as severity
    from {{ ref('stg_complaints') }} as complaints
    left join categories on lower(complaints.category) = lower(categories.category)
),

followed as (
    select
        named.*,
        cast(date_trunc('month', opened_at) as date) as month_start,
        {{ dbt_satisfaction.add_months('cast(opened_at as date)', repeat_months) }} as repeats_from,
        cast(lag(opened_at) over (
            partition by customer_id, category order by opened_at, complaint_id
        ) as date) as complained_before_on
    from named
)

select
    followed.complaint_id,
    followed.customer_id,
    followed.month_start,
    followed.category,
    followed.severity,
    -- two complaints of which nobody knows what they were about are not known to be about the same
    case
        when followed.category != 'unknown'
            then coalesce(followed.complained_before_on >= followed.repeats_from, false)
    end as is_repeat,
    coalesce(answers.n_kept, 0) as n_kept,
    coalesce(answers.n_broken, 0) as n_broken,
    cast(floor(
        {{ dbt_satisfaction.microseconds_between('followed.opened_at', 'followed.resolved_at') }} / 60e6
    ) as bigint) as minutes_to_settle,
    -- one that is still open may yet be opened again
    case when followed.reopened or followed.resolved_at is not null then followed.reopened end as is_reopened,
    followed.is_compensated,
    case when followed.is_compensated then followed.compensated_on end as compensated_on,
    case when followed.is_compensated then followed.compensation_amount end as compensation_amount,
    case when followed.is_compensated then lower(followed.decided_by) = 'front' end as is_decided_by_front
from followed
inner join {{ ref('int_calendar') }} as calendar on followed.month_start <= calendar.last_month
left join answers on followed.complaint_id = answers.complaint_id
