-- The tables of the behaviour case beside its transactions: who buys how much, services, competitors, judgements.
-- Customers are unequal: half buy every other month, one in a hundred twenty times a month; some grow, some fade.
create table buyers as
with drawn as (
    select range as customer_no, roll(range, 'buyer') as h
    from range(getvariable('customers'))
)

select
    customer_no,
    'C' || lpad(customer_no::varchar, 7, '0') as customer_id,
    h,
    case
        when h % 1000 < 500 then 0.6
        when h % 1000 < 800 then 2.0
        when h % 1000 < 950 then 4.5
        when h % 1000 < 990 then 9.0
        else 20.0
    end as monthly_purchases,
    -- per month: one in eight fades, one in ten grows
    case when (h >> 12) % 40 < 5 then -0.03 when (h >> 12) % 40 < 9 then 0.05 else 0 end as trend,
    -- one in five starts within the 24 months
    case when (h >> 20) % 10 < 2 then (h >> 24) % 18 else 0 end as first_month,
    20 + (h >> 32) % 400 as usual_amount
from drawn;

create table subscriptions as
with slots as (
    select buyers.*, slot, roll(customer_no, slot, 'slot') as s
    from buyers
    cross join (select unnest(range(4)) as slot) as four
    where roll(customer_no, slot, 'slot') % 100 < [70, 45, 30, 20][slot + 1]
),

started as (
    select
        *,
        case
            when (s >> 8) % 10 < 7 then date '2024-01-01' - ((s >> 12) % 1500 + 1)::integer
            else date '2024-01-01' + ((s >> 12) % 700)::integer
        end as started_on
    from slots
)

select
    'S' || lpad((customer_no * 4 + slot)::varchar, 9, '0') as subscription_id,
    customer_id,
    ['voice', 'broadband', 'cloud', 'iot', 'security'][1 + (s >> 24) % 5] as service_line,
    started_on,
    case
        -- two in a hundred leave with everything at once
        when (h >> 40) % 100 < 2 then greatest(started_on, date '2025-02-01' + ((h >> 48) % 200)::integer)
        when (s >> 30) % 100 < 20 then greatest(started_on, date '2024-02-01' + ((s >> 36) % 690)::integer)
    end as ended_on,
    (10 + (s >> 44) % 190)::double as monthly_fee,
    case when (h >> 40) % 100 < 2 or (s >> 30) % 100 < 20
        then ['unknown', 'competitor', 'moved', 'unknown', 'price'][1 + (s >> 52) % 5]
    end as end_reason
from started
order by customer_no, slot;

create table competitor_shares as
select
    customer_id,
    ['voice', 'broadband', 'cloud', 'iot', 'security'][1 + (h >> 28) % 5] as service_line,
    last_day(date '2024-03-01' + to_months(3 * quarter::integer)) as observed_on,
    ['Northwave', 'Bluelink', 'Heyun'][1 + (h >> 34) % 3] as competitor,
    round(least(1.0, (h >> 36) % 60 / 100.0 + ((h >> 44) % 9) / 100.0 * quarter), 3) as share
from buyers
cross join (select unnest(range(8)) as quarter) as quarters
where (h >> 50) % 100 < 20
order by customer_no, quarter;

create table loyalty_assessments as
select
    customer_id,
    date '2024-06-01' + ((h >> 16) % 500)::integer as assessed_on,
    'key account team' as author,
    case when h % 2 = 0 then (1 + (h >> 8) % 5)::integer end as level,
    case when h % 2 = 1 then [-2, -1, 1, 1][1 + (h >> 8) % 4] end as change,
    'judged by the department' as reason,
    case when (h >> 4) % 2 = 0 then date '2025-12-31' end as expires_on
from buyers
where (h >> 54) % 100 = 0
order by customer_no;

create table complaints as
select
    'K' || lpad(customer_no::varchar, 9, '0') as complaint_id,
    customer_id,
    timestamp '2024-01-05 09:00:00' + to_hours(((h >> 10) % 17000)::integer) as opened_at,
    timestamp '2024-01-05 09:00:00' + to_hours(((h >> 10) % 17000 + (h >> 30) % 48)::integer) as first_response_at,
    timestamp '2024-01-05 09:00:00' + to_hours(((h >> 10) % 17000 + 50 + (h >> 30) % 200)::integer) as resolved_at,
    ['fault', 'bill', 'contract'][1 + (h >> 3) % 3] as category,
    ['low', 'medium', 'high'][1 + (h >> 5) % 3] as severity,
    (h >> 7) % 10 = 0 as reopened
from buyers
where (h >> 46) % 100 < 8
order by customer_no;

create table customer_profiles as
select
    customer_id,
    attribute,
    case when roll(h, attribute) % 10 < 3 then 'yes' else 'no' end as value,
    date '2025-06-30' as as_of
from buyers
cross join (select unnest(['sole_supplier', 'ever_switched']) as attribute) as attributes
where roll(h, attribute, 'known') % 10 < 6
order by customer_no, attribute;

-- What a third of the customers said in each of four waves: all in all, would they recommend us, would they buy again.
-- One answer in twenty-five is blank.
create table survey_answers as
with responses as (
    select
        buyers.*,
        wave,
        roll(customer_no, wave, 'verdict') as v
    from buyers
    cross join (select unnest(range(4)) as wave) as waves
    where roll(customer_no, wave, 'answers') % 100 < 35
),

asked as (
    select
        *,
        unnest(['q_overall', 'q_recommend', 'q_repurchase']) as question_id,
        unnest([5, 11, 11]) as n_levels
    from responses
),

answered as (
    select
        *,
        roll(v, question_id) as q,
        0.6 * ((h >> 44) % 100) / 100 + 0.4 * (roll(v, question_id, 'level') % 1000) / 1000 as place
    from asked
)

select
    'V' || (wave + 1) || '-' || lpad(customer_no::varchar, 7, '0') as response_id,
    question_id,
    'W' || (wave + 1) as survey_id,
    customer_id,
    -- five levels begin at 1, eleven at 0
    case when q % 25 > 0 then (floor(n_levels * place) + case when n_levels = 5 then 1 else 0 end)::integer::varchar end
        as answer,
    timestamp '2024-04-01 09:00:00' + to_months((6 * wave)::integer) + to_seconds(v % 2500000) as answered_at,
    'web' as channel
from answered
order by wave, v, question_id;
