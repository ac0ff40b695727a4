-- Competitors' share of each service line at the end of a month: the last observation, this month's and last month's.
-- An earlier share of -1 is none at all: min_by would pass over a null and take the next observation of the month.
with observations as (
    select
        *,
        coalesce(lag(share) over (partition by customer_id, service_line order by observed_on), -1) as earlier_share
    from {{ ref('stg_competitor_shares') }}
),

-- of several observations in one month the last one counts; the month before saw what was known before the first
by_month as (
    select
        customer_id,
        service_line,
        cast(date_trunc('month', observed_on) as date) as month_start,
        max_by(share, observed_on) as competitor_share,
        nullif(max_by(coalesce(competitor, ''), observed_on), '') as competitor,
        nullif(min_by(earlier_share, observed_on), -1) as previous_competitor_share
    from observations
    group by all
)

select
    by_month.customer_id,
    by_month.month_start,
    by_month.service_line,
    by_month.competitor,
    by_month.competitor_share,
    by_month.previous_competitor_share
from by_month
inner join {{ ref('int_customer_spans') }} as spans
    on by_month.customer_id = spans.customer_id
    and by_month.month_start >= spans.first_month
    and by_month.month_start <= spans.last_month
