-- Customers who complained in a month and those who did not, by segment as of the month's last day, and how they stand
-- recovery_months later.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set months_later = var('recovery_months') %}
{%- set kept = ['month_start', 'complaint_group', 'outcome', 'compensation', 'compensation_amount'] %}

with answers as (
    select
        months.customer_id,
        months.month_start,
        max(months.n_kept) > 0 as has_kept,
        max(months.n_broken) > 0 as has_broken
    from {{ ref('int_promise_months') }} as months
    inner join {{ dbt_satisfaction.method_table('service_promises') }} as promises
        on months.promise_id = promises.promise_id
    where promises.measure = 'first_response_time'
    group by months.customer_id, months.month_start
),

-- what came later than the month that is looked at cannot have kept anybody
compensations as (
    select
        customer_id,
        month_start,
        max(case when is_in_time then 1 else 0 end) as is_compensated,
        sum(case when is_in_time then cast(coalesce(compensation_amount, 0) as decimal(38, 12)) end) as amount
    from (
        select
            customer_id,
            month_start,
            compensation_amount,
            is_compensated and (
                compensated_on is null
                or compensated_on <= last_day({{ dbt_satisfaction.add_months('month_start', months_later) }})
            ) as is_in_time
        from {{ ref('int_complaint_causes') }}
        where is_compensated is not null
    ) as known
    group by customer_id, month_start
),

followed as (
    select
        behaviour.customer_id,
        behaviour.month_start,
        behaviour.n_complaints,
        behaviour.was_active and loyalty.ladder_level_before is not null as is_evaluable,
        loyalty.ladder_level_before,
        lead(behaviour.is_active, {{ months_later }}) over by_month as is_active_later,
        lead(loyalty.ladder_level, {{ months_later }}) over by_month as ladder_level_later,
        lead(loyalty.is_loyal, {{ months_later }}) over by_month as is_loyal_later,
        lead(loyalty.survey_id, {{ months_later }}) over by_month as survey_id_later,
        loyalty.survey_id
    from {{ ref('int_customer_behaviour') }} as behaviour
    inner join {{ ref('int_loyalty_months') }} as loyalty
        on behaviour.customer_id = loyalty.customer_id and behaviour.month_start = loyalty.month_start
    window by_month as (partition by behaviour.customer_id order by behaviour.month_start)
),

outcomes as (
    select
        followed.customer_id,
        followed.month_start,
        last_day(followed.month_start) as on_date,
        case
            when followed.n_complaints = 0 then 'none'
            when answers.has_broken then 'broken'
            when answers.has_kept then 'kept'
            else 'undecided'
        end as complaint_group,
        case
            when not followed.is_evaluable then 'not_evaluable'
            when followed.is_active_later is null then 'pending'
            when not followed.is_active_later then 'lost'
            when followed.ladder_level_later >= followed.ladder_level_before then 'recovered'
            -- a class that was known before says nothing of the complaint
            when followed.is_loyal_later and followed.survey_id_later != coalesce(followed.survey_id, '')
                then 'recovered'
            else 'not_recovered'
        end as outcome,
        case compensations.is_compensated
            when 1 then 'compensated'
            when 0 then 'not_compensated'
            else 'unknown'
        end as compensation,
        cast(compensations.amount as double) as compensation_amount
    from followed
    left join answers
        on followed.customer_id = answers.customer_id and followed.month_start = answers.month_start
    left join compensations
        on followed.customer_id = compensations.customer_id and followed.month_start = compensations.month_start
    where followed.is_evaluable or followed.n_complaints > 0
),

attributes as (
    {{ dbt_satisfaction.attributes_at('outcomes', kept, types) }}
)

select *
from {{ dbt_satisfaction.summed_by_attributes(
    'attributes', ['month_start', 'complaint_group', 'compensation'],
    {'amount_sum': "case when outcome in ('recovered', 'not_recovered', 'lost') then coalesce(compensation_amount, 0) else 0 end"},
    {
        'n_customers': '1 = 1', 'n_not_evaluable': "outcome = 'not_evaluable'", 'n_pending': "outcome = 'pending'",
        'n_recovered': "outcome = 'recovered'", 'n_not_recovered': "outcome = 'not_recovered'",
        'n_lost': "outcome = 'lost'",
    }
) }} as sums
