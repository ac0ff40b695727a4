-- One overall answer per response of the benchmark's survey: the mean of its answers that are digits, and a hash. One in fifty
-- is dirt: blank, not applicable, an unknown spelling, a time in the future.
with answers as (
    select *, try_cast(trim(answer) as double) as level
    from read_parquet(getvariable('folder') || '/survey_answers/part-*.parquet')
),

responses as (
    select
        response_id,
        survey_id,
        max(customer_id) as customer_id,
        max(answered_at) filter (where answered_at < timestamp '2090-01-01') as answered_at,
        max(channel) as channel,
        -- levels are whole: their sum is the same in any order
        coalesce(sum(level) / count(level), 3) as mean_level,
        md5_number_lower(response_id || 'overall')::hugeint % 10000 as h
    from answers
    where response_id is not null and survey_id is not null
    group by response_id, survey_id
)

select
    response_id,
    'q_overall' as question_id,
    survey_id,
    customer_id,
    case
        when h < 50 then null
        when h < 100 then 'N/A'
        when h < 150 then 'so so'
        else greatest(1, least(5, round(mean_level + h % 97 / 97.0 - 0.5)))::integer::varchar
    end as answer,
    case when h between 150 and 199 then timestamp '2099-12-31 00:00:00' else answered_at end as answered_at,
    channel
from responses
order by response_id, survey_id
