-- Four thousand passengers in the columns of examples/airline, from hashes of their numbers: a few blanks, a kind and a class
-- that no method table names, an age and a distance that are no numbers, a passenger who is there twice.
with numbered as (
    select
        range as no,
        md5_number_lower('passenger ' || range)::hugeint % 1000000007 as h,
        md5_number_lower('journey ' || range)::hugeint % 1000000007 as j
    from range(4000)
),

rows as (
    select *, false as is_copy from numbered
    union all
    select *, true as is_copy from numbered where no % 500 = 7
)

select
    'p' || lpad(no::varchar, 5, '0') as customer_id,
    case when h % 100 < 80 then 'Loyal Customer' when h % 100 < 98 then 'disloyal Customer' when h % 100 < 99 then 'crew' end
        as customer_type,
    case when (h // 100) % 100 < 50 then 'Female' when (h // 100) % 100 < 98 then 'Male' end as gender,
    case when no % 400 = 3 then 'forty' else (7 + (h // 10000) % 79)::varchar end as age,
    case
        when j % 100 < 47 then 'Business'
        when j % 100 < 91 then 'Eco'
        when j % 100 < 98 then 'Eco Plus'
        when j % 100 < 99 then 'First'
    end as travel_class,
    case when (j // 100) % 100 < 69 then 'Business travel' else 'Personal Travel' end as travel_type,
    case when no % 401 = 5 then '-' else (31 + (j // 10000) % 4953)::varchar end as flight_distance,
    case when (h // 1000000) % 100 >= 5 then greatest(0, (j // 1000000) % 120 - 70)::varchar end as arrival_delay_minutes
from rows
-- one passenger in two hundred is known from answers only
where no % 200 < 199
order by no, is_copy
