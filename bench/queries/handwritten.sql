-- What a good analyst writes by hand for DuckDB: the same rules as the project (see docs/methods), one window over all rows.
-- Variables: answers, customers, surveys, questions, spellings, bands, weights (files), out (folder), blanks (what is trimmed),
-- first_future_day.
create temp macro clean(t) as nullif(trim(t, getvariable('blanks')), '');

create temp macro normal(t) as regexp_replace(
    regexp_replace(
        lower(translate(clean(t), '０１２３４５６７８９', '0123456789')), '[' || getvariable('blanks') || ']+', ' ', 'g'
    ),
    '^([0-9]+)[.]0+$',
    '\1'
);

-- n_ij: how often each customer gave each level to each factor in a wave
create temp table counts as
with spellings as (
    select distinct normal(answer) as spelling, level::integer as level
    from read_csv(getvariable('spellings'), all_varchar = true)
    where scale_id = 'satisfaction5'
),

-- the few distinct answers are brought into their normal form once
accepted as (
    select
        found.answer as raw_answer,
        clean(found.answer) as answer,
        level
    from (select distinct answer from read_parquet(getvariable('answers'))) as found
    left join spellings on normal(found.answer) = spelling
    where clean(found.answer) is null or spelling is not null
),

questions as (
    select question_id, factor_id from read_csv(getvariable('questions'), all_varchar = true)
),

answers as (
    select
        clean(response_id) as response_id,
        clean(question_id) as question_id,
        clean(survey_id) as survey_id,
        clean(customer_id) as customer_id,
        answer as raw_answer,
        answered_at,
        clean(channel) as channel
    from read_parquet(getvariable('answers'))
    where answered_at < getvariable('first_future_day')::timestamp or answered_at is null
),

newest as (
    select
        survey_id,
        response_id,
        customer_id,
        factor_id,
        level,
        answered_at
    from answers
    inner join questions using (question_id)
    inner join accepted on answers.raw_answer is not distinct from accepted.raw_answer
    where response_id is not null and survey_id is not null
    qualify row_number() over (
        partition by survey_id, response_id, question_id
        order by
            answered_at desc nulls last,
            customer_id desc nulls last,
            answer desc nulls last,
            channel desc nulls last
    ) = 1
)

select
    survey_id,
    coalesce(customer_id, 'anonymous ' || survey_id || ' | ' || response_id) as customer_id,
    factor_id,
    count(level) as n_valid,
    count(*) - count(level) as n_missing,
    count(*) filter (where level = 1) as n_level_1,
    count(*) filter (where level = 2) as n_level_2,
    count(*) filter (where level = 3) as n_level_3,
    count(*) filter (where level = 4) as n_level_4,
    count(*) filter (where level = 5) as n_level_5,
    coalesce(sum(level), 0)::double as value_sum,
    max(answered_at) as last_answered_at
from newest
group by all;

-- which segments each respondent of a wave belongs to, as of the wave's date
create temp table members as
with respondents as (
    select survey_id, customer_id, max(last_answered_at) as last_answered_at
    from counts
    group by all
),

waves as (
    select survey_id, coalesce(max(last_answered_at)::date, any_value(closed_on), any_value(opened_on)) as wave_date
    from respondents
    left join read_parquet(getvariable('surveys')) as surveys using (survey_id)
    group by all
),

versions as (
    select
        *,
        case when row_number() over customer = 1 then date '1000-01-01' else valid_from end as starts,
        coalesce(lead(valid_from) over customer, date '9999-12-31') as ends
    from read_parquet(getvariable('customers'))
    window customer as (partition by customer_id order by valid_from nulls first)
),

described as (
    select
        respondents.survey_id,
        respondents.customer_id,
        versions.customer_type,
        versions.region,
        versions.gender,
        floor((
            year(wave_date) * 10000 + month(wave_date) * 100 + day(wave_date)
            - year(birth_date) * 10000 - month(birth_date) * 100 - day(birth_date)
        ) / 10000) as age
    from respondents
    inner join waves using (survey_id)
    left join versions
        on respondents.customer_id = versions.customer_id
        and wave_date >= starts and wave_date < ends
),

bands as (
    select segment_value, lower_bound, upper_bound
    from read_csv(getvariable('bands'))
    where segment_type = 'age_band' and segment_value is not null
),

banded as (
    select described.*, bands.segment_value as age_band
    from described
    left join bands
        on age >= coalesce(lower_bound, -1e300) and age < coalesce(upper_bound, 1e300)
)

select
    survey_id,
    customer_id,
    unnest(['total', 'customer_type', 'region', 'gender', 'age_band']) as segment_type,
    unnest([
        'total', coalesce(customer_type, 'unknown'), coalesce(region, 'unknown'), coalesce(gender, 'unknown'),
        coalesce(age_band, 'unknown')
    ]) as segment_value
from banded;

create temp table pooled as
select
    survey_id,
    segment_type,
    segment_value,
    factor_id,
    count(*) filter (where n_valid > 0) as n_respondents,
    sum(n_valid)::bigint as n_valid,
    sum(n_missing)::bigint as n_missing,
    sum(n_level_1)::bigint as n_level_1,
    sum(n_level_2)::bigint as n_level_2,
    sum(n_level_3)::bigint as n_level_3,
    sum(n_level_4)::bigint as n_level_4,
    sum(n_level_5)::bigint as n_level_5,
    -- levels 1 to 5 are worth 1 to 5
    sum(value_sum) / sum(n_valid) as mean
from counts
inner join members using (survey_id, customer_id)
group by all;

copy (
    select * exclude mean, 20 * mean as factor_score from pooled where n_valid > 0
) to (getvariable('out') || '/factors.parquet');

copy (
    with weights as (
        select factor_id, weight from read_parquet(getvariable('weights'))
    ),

    indices as (
        select
            survey_id,
            segment_type,
            segment_value,
            sum(weight) as coverage,
            20 * sum(weight * mean) / sum(weight) as satisfaction_index,
            25 * sum(weight * (mean - 1)) / sum(weight) as satisfaction_index_0_100
        from pooled
        inner join weights using (factor_id)
        where n_valid > 0
        group by all
    ),

    -- what each respondent adds to the deviation of the index: a linearised ratio
    influences as (
        select
            survey_id,
            segment_type,
            segment_value,
            sum(weight * counts.n_valid / pooled.n_valid * (counts.value_sum / counts.n_valid - mean) / 5) as u
        from counts
        inner join members using (survey_id, customer_id)
        inner join pooled using (survey_id, segment_type, segment_value, factor_id)
        inner join weights using (factor_id)
        where counts.n_valid > 0
        group by survey_id, segment_type, segment_value, customer_id
    ),

    spread as (
        select survey_id, segment_type, segment_value, count(*) as n, sum(u * u) as squares
        from influences
        group by all
    ),

    errors as (
        select
            indices.*,
            n as n_respondents,
            case when n > 1 then 100 * sqrt(squares) * sqrt(n / (n - 1)) / coverage end as standard_error
        from indices
        inner join spread using (survey_id, segment_type, segment_value)
    )

    select
        survey_id,
        segment_type,
        segment_value,
        n_respondents,
        satisfaction_index,
        satisfaction_index_0_100,
        standard_error
    from errors
) to (getvariable('out') || '/segments.parquet');
