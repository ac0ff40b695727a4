-- The small tables of the survey case: waves, questions and sessions (who answered when), from hashes of keys.
-- Customers are unequal: a few large organisations answer forty times a wave, a tenth three times, most once.
create table waves as
select
    range as wave,
    'W' || (range + 1) as survey_id,
    '第' || (range + 1) || '次调查' as survey_name_zh,
    'Wave ' || (range + 1) as survey_name_en,
    (date '2024-03-01' + to_months(6 * range::integer))::date as opened_on,
    (date '2024-03-31' + to_months(6 * range::integer))::date as closed_on,
    getvariable('customers')::bigint as invited
from range(4);

create table questions as
select
    row_number() over (order by factors.sort_order, part) - 1 as question_no,
    'q_' || factor_id || '_' || part as question_id,
    factor_id,
    'satisfaction5' as scale_id,
    'performance' as role,
    '您对我们的「' || label_zh || '」满意吗？（' || part || '）' as text_zh,
    'How satisfied are you with ' || lower(label_en) || '? (' || part || ')' as text_en,
    -- some factors please, some do not: a shift on the scale of the answers
    0.22 * sin(1.7 * factors.sort_order) + 0.03 * part as appeal
from read_csv(getvariable('factors_csv')) as factors
cross join (select unnest([1, 2]) as part) as parts
where value_component not in ('money', 'time', 'energy', 'psychic') or value_component is null;

create table sessions as
with customers as (
    select range as customer_no, roll(range, 'activity') as h
    from range(getvariable('customers'))
),

activity as (
    select
        *,
        case
            when h % 10000 < 1 then 40
            when h % 10000 < 1000 then 3
            when h % 10000 < 7000 then 1
            else 1
        end as contacts,
        case when h % 10000 < 1000 then 1000 when h % 10000 < 7000 then 940 else 240 end as response_per_mille
    from customers
),

answered as (
    select
        waves.wave,
        waves.opened_on,
        activity.customer_no,
        (activity.h >> 20) % 100 / 100.0 as mood,
        roll(activity.customer_no, wave, contact) as s,
        contact
    from activity
    cross join waves
    cross join lateral (select unnest(range(activity.contacts)) as contact) as people
    where roll(activity.customer_no, wave, contact, 'answers') % 1000 < response_per_mille
)

select
    row_number() over (order by wave, s, customer_no, contact) - 1 as session_no,
    wave,
    -- one session in two hundred is anonymous
    case when (s >> 50) % 200 > 0 then customer_no end as customer_no,
    opened_on + to_seconds((s % 2600000)::bigint) as answered_at,
    case when s % 10 < 5 then 'web' when s % 10 < 8 then 'app' when s % 10 < 9 then 'phone' else 'branch' end as channel,
    mood * 0.34 + (s >> 30) % 100 / 500.0 + wave * 0.015 as mood,
    (s >> 38) % 100 < 3 as is_late,
    -- six sessions in a thousand are sent twice: see answers.sql
    case when (s >> 44) % 1000 < 6 then roll(s, 'kind') % 10 end as resubmit_kind
from answered
order by session_no;
