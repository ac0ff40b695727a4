-- One row: the day that the data is looked at, and the months that are replayed.
-- The newest date in the data is the default of as_of_date; only months that are complete by then are evaluated.
with seen as (
    select max(last_seen_on) as newest
    from {{ ref('int_customer_versions') }}
),

starts as (
    select
        coalesce(
            (select min(first_ordered_on) from {{ ref('int_purchases') }}),
            (select min(started_on) from {{ ref('stg_subscriptions') }}),
            (select cast(min(first_answered_at) as date) from {{ ref('stg_responses') }})
        ) as oldest
),

as_of as (
    select coalesce({{ dbt_satisfaction.as_of_date() }}, seen.newest) as as_of_date, starts.oldest
    from seen
    cross join starts
)

select
    as_of_date,
    cast(date_trunc('month', oldest) as date) as first_month,
    cast(case
        when last_day(as_of_date) = as_of_date then date_trunc('month', as_of_date)
        else {{ dbt_satisfaction.add_months("date_trunc('month', as_of_date)", -1) }}
    end as date) as last_month
from as_of
