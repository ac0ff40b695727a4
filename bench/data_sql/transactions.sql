-- The transactions of one month. Dirt: 0.3 % repeat a key (half of them corrected later), 0.2 % cannot be used.
with volumes as (
    select
        *,
        getvariable('month') as month_no,
        roll(customer_no, getvariable('month'), 'month') as m
    from buyers
    where first_month <= getvariable('month')
),

bought as (
    select
        *,
        -- season, trend, chance; one month in fifty nothing at all
        floor(
            monthly_purchases * 1.08 * greatest(0.05, 1 + trend * (month_no - first_month))
            * (1 + 0.15 * sin(month_no * 0.5236)) * (0.6 + (m >> 10) % 100 / 125.0) + (m >> 20) % 1000 / 1000.0
        )::integer as n
    from volumes
    where m % 50 > 0
),

lines as (
    select *, unnest(range(n)) as line
    from bought
),

drawn as (
    select *, roll(m, line) as t
    from lines
),

copies as (
    select *, 0 as version from drawn
    union all
    select *, 1 + (t >> 54) % 2 as version from drawn where (t >> 44) % 1000 < 3
)

select
    'T' || lpad((customer_no * 2400 + month_no * 100 + line)::varchar, 10, '0') as transaction_id,
    case when t % 2000 > 0 then customer_id end as customer_id,
    ['voice', 'broadband', 'cloud', 'iot', 'security'][1 + product % 5] || '-' || chr((97 + product // 5)::integer) as product_id,
    ['voice', 'broadband', 'cloud', 'iot', 'security'][1 + product % 5] as service_line,
    date '2024-01-01' + to_months(month_no::integer) + to_seconds(((t >> 8) % 2419200 + version)::bigint) as ordered_at,
    case
        when t % 2000 = 1 then -1.0
        else round(usual_amount * (0.5 + (t >> 30) % 1000 / 1000.0) + case when version = 2 then 10 else 0 end, 2)
    end::double as amount,
    (1 + (t >> 40) % 12)::double as quantity,
    case
        when t % 2000 = 2 then 'lost'
        when t % 2000 < 40 then 'cancelled'
        when t % 2000 < 100 then 'returned'
        when t % 2000 < 200 then null
        else 'completed'
    end as status
from (select *, (case when (t >> 48) % 4 = 0 then (t >> 50) % 40 else (h >> 56) % 8 end)::integer as product from copies) as sold
order by ordered_at, transaction_id, version;
