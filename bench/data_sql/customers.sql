-- Customers of both cases, from hashes of their numbers, so that the same seed gives the same rows whatever the number of
-- threads. Segments are of very unequal size; some attributes are blank; some codes are in no method table.
create table customer_versions as
with numbered as (
    select
        range as customer_no,
        roll(range) as h
    from range(getvariable('customers'))
),

versions as (
    select *, 0 as version from numbered
    union all
    -- three in a hundred changed their type or region in the middle of 2024
    select *, 1 as version from numbered where h % 100 < 3
),

drawn as (
    select *, roll(customer_no, version, 'attributes') as d from versions
)

select
    'C' || lpad(customer_no::varchar, 7, '0') as customer_id,
    'Customer ' || customer_no as customer_name,
    case
        when d % 1000 < 700 then 'retail'
        when d % 1000 < 850 then 'wholesale'
        when d % 1000 < 930 then 'large'
        when d % 1000 < 970 then 'key_account'
        when d % 1000 < 988 then 'public_benefit'
        when d % 1000 < 994 then 'government'
    end as customer_type,
    case when h % 100 < 97 then case when (h >> 8) % 100 < 54 then 'female' else 'male' end end as gender,
    case when (h >> 16) % 100 < 96 then date '1935-01-01' + ((h >> 24) % 26000)::integer end as birth_date,
    case
        when (d >> 20) % 1000 < 460 then 'east'
        when (d >> 20) % 1000 < 710 then 'south'
        when (d >> 20) % 1000 < 860 then 'north'
        when (d >> 20) % 1000 < 950 then 'central'
        when (d >> 20) % 1000 < 990 then 'west'
        when (d >> 20) % 1000 < 993 then 'overseas'
    end as region,
    case (h >> 32) % 4 when 0 then 'school' when 1 then 'college' when 2 then 'university' end as education,
    case (h >> 36) % 5 when 0 then 'retail' when 1 then 'finance' when 2 then 'manufacturing' when 3 then 'health' end as industry,
    date '2016-01-01' + ((h >> 40) % 3500)::integer as joined_on,
    case when version = 1 then date '2024-07-01' end as valid_from
from drawn
-- one customer in two hundred is known from answers only
where h % 200 < 199
order by customer_no, version;
