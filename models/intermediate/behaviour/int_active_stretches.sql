-- Stretches of months in which a customer is active: a service is held, or silence is no longer than its own rhythm
-- of buying allows (int_purchase_rhythms). Stretches that overlap or meet are one. Customers who were known before the
-- data begin, and are active in its first active_months, have been so since they were known: no gap was seen. Tenure is
-- time of use: a stretch adds the months up to its last purchase or held service (proven_to), for waiting afterwards
-- proves nothing; time before the data begin counts as it is told.
{%- set active_months = var('active_months') %}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

customers as (
    select * from {{ ref('int_customer_spans') }}
),

held as (
    select
        customer_id,
        from_month,
        to_month,
        {{ dbt_satisfaction.add_months('to_month', -1) }} as proven_to
    from {{ ref('int_subscription_months') }}
    where from_month < to_month
    union all
    select
        customer_id,
        month_start as from_month,
        to_month,
        month_start as proven_to
    from {{ ref('int_purchase_rhythms') }}
),

begun as (
    select
        *,
        case
            when max(to_month) over earlier >= from_month then 0
            else 1
        end as begins
    from held
    window earlier as (
        partition by customer_id order by from_month, to_month
        rows between unbounded preceding and 1 preceding
    )
),

numbered as (
    select
        *,
        sum(begins) over (
            partition by customer_id order by from_month, to_month
            rows between unbounded preceding and current row
        ) as stretch_no
    from begun
),

stretches as (
    select
        customer_id,
        cast(stretch_no as integer) as stretch_no,
        min(from_month) as from_month,
        max(to_month) as to_month,
        max(proven_to) as proven_to
    from numbered
    group by customer_id, stretch_no
),

known_before as (
    select
        stretches.customer_id,
        stretches.stretch_no,
        stretches.from_month,
        stretches.to_month,
        least(stretches.proven_to, calendar.last_month) as proven_to,
        cast(date_trunc('month', customers.related_since) as date) as related_month,
        calendar.first_month,
        stretches.stretch_no = 1
        and cast(date_trunc('month', customers.related_since) as date) < calendar.first_month as was_known,
        stretches.from_month < {{ dbt_satisfaction.add_months('calendar.first_month', active_months) }} as is_early
    from stretches
    inner join customers on stretches.customer_id = customers.customer_id
    cross join calendar
    where stretches.from_month <= calendar.last_month
),

begun_before as (
    select
        *,
        case when was_known and is_early then least(from_month, related_month) else from_month end as since_month,
        case
            when was_known and not is_early then {{ dbt_satisfaction.months_between('related_month', 'first_month') }}
            else 0
        end as months_before_data
    from known_before
)

select
    customer_id,
    stretch_no,
    since_month as from_month,
    to_month,
    lag(to_month) over (partition by customer_id order by stretch_no) as left_before,
    lead(from_month) over (partition by customer_id order by stretch_no) as returned_in,
    proven_to,
    cast(months_before_data + coalesce(
        sum(months_before_data + {{ dbt_satisfaction.months_between('since_month', 'proven_to') }} + 1) over (
            partition by customer_id order by stretch_no
            rows between unbounded preceding and 1 preceding
        ), 0
    ) as integer) as tenure_before,
    stretch_no = 1 and not (was_known and not is_early) as is_first
from begun_before
