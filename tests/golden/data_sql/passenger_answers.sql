-- What the passengers answered, in two waves: fourteen items from 1 to 5, where 0 is not applicable, and the verdict. One row
-- in eighty is dirt: no key, no time, a time in the future, a row that is there twice, an answer that is no level.
with passengers as (
    select range as no, wave, md5_number_lower('mood ' || range || wave)::hugeint % 1000000007 as h
    from range(4000)
    cross join (select unnest(['airline-1', 'airline-2']) as wave)
    where wave = 'airline-1' or range % 3 > 0
),

rows as (
    select *, 0 as copy from passengers
    union all
    select *, 1 as copy from passengers where h % 320 = 11
),

items as (
    select
        *,
        list_transform(
            range(15),
            lambda item: md5_number_lower(no || ' ' || wave || ' ' || item)::hugeint % 1000003
        ) as rolls,
        h % 1000 / 250.0 - 2 as mood
    from rows
),

answers as (
    select
        *,
        list_transform(
            rolls,
            lambda roll: case
                when roll % 100 < 7 then '0'
                when roll % 1000 = 777 then '6'
                else greatest(1, least(5, round(3.3 + mood * 0.7 + (roll // 1000) % 1000 / 333.0 - 1.5)))::integer::varchar
            end
        ) as levels
    from items
)

select
    case when h % 320 <> 12 then 'r' || no || '-' || right(wave, 1) end as response_id,
    wave as survey_id,
    'p' || lpad(no::varchar, 5, '0') as customer_id,
    case
        when h % 320 = 13 then null
        when h % 320 = 14 then '2099-06-30'
        when wave = 'airline-1' then '2015-06-' || lpad((1 + h % 30)::varchar, 2, '0')
        else '2015-12-' || lpad((1 + h % 30)::varchar, 2, '0')
    end as answered_at,
    case when h % 10 < 7 then 'online' else 'on board' end as channel,
    levels[1] as onboard_service,
    levels[2] as inflight_service,
    levels[3] as checkin_service,
    levels[4] as baggage_handling,
    levels[5] as seat_comfort,
    levels[6] as leg_room,
    levels[7] as cleanliness,
    levels[8] as food_and_drink,
    levels[9] as entertainment,
    levels[10] as inflight_wifi,
    levels[11] as schedule_convenience,
    levels[12] as online_booking,
    levels[13] as online_boarding,
    levels[14] as gate_location,
    case
        when h % 320 = 15 then 'very satisfied'
        when mood + rolls[15] % 1000 / 500.0 - 1 > 0.2 then 'satisfied'
        else 'neutral or dissatisfied'
    end as overall
from answers
order by wave, no, copy
