-- What a good analyst writes by hand for DuckDB: ladder, index and class of every customer and month by the rules of
-- docs/methods, with what the shipped method tables and vars say written into the query. One row per customer and
-- month is built up by windows; k is the month's number, 0 for the first month of the replay.
-- Variables: transactions, subscriptions, shares, assessments, complaints, profiles, customers, answers, bands,
-- classes, relations, types (files), weights and predictions (files, given: AHP and BG/NBD are no SQL), out (file),
-- blanks (what is trimmed), as_of (the last day of a month).
-- Taken from the data: products and lines are named, no service ended before the replay begins, and a customer
-- answers a wave once, in digits.
create temp macro clean(t) as nullif(trim(t, getvariable('blanks')), '');

create temp macro month_no(d) as year(d) * 12 + month(d) - 1;

create temp macro yes_no(t) as case
    when lower(t) in ('true', 't', 'yes', 'y', '1', '是') then 1
    when lower(t) in ('false', 'f', 'no', 'n', '0', '否') then 0
end;

create temp macro within_ladder(x) as greatest(1, least(5, x));

-- purchases and returns by customer, month and product
create temp table sales as
with transactions as (
    select
        clean(transaction_id) as transaction_id,
        clean(customer_id) as customer_id,
        clean(product_id) as product_id,
        clean(service_line) as service_line,
        ordered_at,
        amount,
        quantity,
        coalesce(lower(clean(status)), 'completed') as status
    from read_parquet(getvariable('transactions'))
),

accepted as (
    select *
    from transactions
    where
        transaction_id is not null
        and customer_id is not null
        and ordered_at >= timestamp '1900-01-01'
        and ordered_at < getvariable('as_of')::timestamp + interval 1 day
        and status in ('completed', 'returned', 'cancelled')
        and (amount between 0 and 1e9 or amount is null and status != 'completed')
        and (quantity between 0 and 1e9 or quantity is null)
),

-- few keys come more than once, so that only these are ranked
repeated as materialized (
    select transaction_id
    from accepted
    group by transaction_id
    having count(*) > 1
),

latest as (
    select *
    from accepted
    anti join repeated using (transaction_id)
    union all
    select *
    from accepted
    semi join repeated using (transaction_id)
    qualify row_number() over (
        partition by transaction_id
        order by
            ordered_at desc,
            customer_id desc,
            product_id desc nulls last,
            service_line desc nulls last,
            amount::varchar desc nulls last,
            quantity::varchar desc nulls last,
            status desc
    ) = 1
)

select
    customer_id,
    month_no(ordered_at) as month_no,
    product_id,
    service_line,
    min(ordered_at)::date as first_seen_on,
    count(*) filter (where status = 'completed') as n_purchases,
    sum(amount) filter (where status = 'completed') as amount,
    sum(quantity) filter (where status = 'completed') as quantity,
    count(*) filter (where status = 'completed' and quantity is null) as n_unmeasured,
    bit_or(1 << (day(ordered_at) - 1)) filter (where status = 'completed') as days,
    min(ordered_at) filter (where status = 'completed') as first_ordered_at,
    max(ordered_at) filter (where status = 'completed') as last_ordered_at
from latest
where status != 'cancelled'
group by all;

-- the months of the replay; k counts from the first purchase
create temp table months as
with ends as (
    select min(month_no) as first_no, month_no(getvariable('as_of')::date) as last_no
    from sales
    where n_purchases > 0
),

numbers as (
    select
        first_no,
        last_no - first_no as last_k,
        unnest(range(last_no - first_no + 1)) as k
    from ends
)

select
    k,
    first_no,
    last_k,
    make_date((first_no + k) // 12, (first_no + k) % 12 + 1, 1) as month_start,
    last_day(month_start) as month_end
from numbers;

create temp macro k_of(d) as month_no(d) - (select min(first_no) from months);

create temp table purchases as
select
    customer_id,
    month_no - (select min(first_no) from months) as k,
    sum(n_purchases)::bigint as n_purchases,
    sum(amount) as amount,
    case when sum(n_unmeasured) = 0 then sum(quantity) end as quantity,
    bit_count(bit_or(days)) as n_days,
    min(first_ordered_at)::date as first_on,
    max(last_ordered_at)::date as last_on
from sales
where n_purchases > 0
group by all;

create temp table services as
select
    customer_id,
    clean(service_line) as service_line,
    started_on,
    k_of(started_on) as from_k,
    coalesce(k_of(ended_on), 99999) as to_k,
    coalesce(monthly_fee, 0)::decimal(18, 6) as monthly_fee,
    coalesce(lower(clean(end_reason)), 'unknown') = 'unknown' as is_unknown
from read_parquet(getvariable('subscriptions'));

-- who there is, since when, and whether anything is known of what they do
create temp table customers as
with seen as (
    select
        customer_id,
        min(first_seen_on) as first_on,
        sum(n_purchases) > 0 as has_behaviour
    from sales
    group by customer_id
    union all by name
    select customer_id, started_on as first_on, true as has_behaviour from services
    union all by name
    select customer_id, observed_on as first_on, true as has_behaviour from read_parquet(getvariable('shares'))
    union all by name
    select customer_id, assessed_on as first_on, true as has_behaviour from read_parquet(getvariable('assessments'))
    union all by name
    select customer_id, opened_at::date as first_on, false as has_behaviour from read_parquet(getvariable('complaints'))
    union all by name
    select customer_id, as_of as first_on, false as has_behaviour from read_parquet(getvariable('profiles'))
    union all by name
    select customer_id, answered_at::date as first_on, false as has_behaviour from read_parquet(getvariable('answers'))
    union all by name
    select customer_id, joined_on as first_on, false as has_behaviour from read_parquet(getvariable('customers'))
)

select
    customer_id,
    bool_or(has_behaviour) as has_behaviour,
    coalesce(k_of(min(first_on)), 0) as related_k
from seen
group by customer_id;

-- what begins and ends in a month. A purchase is held for twelve months, so that a product or a line is a row of bits,
-- one for each month in which it is held; the replay is shorter than 48 months.
create temp table changes as
with bits as (
    select
        customer_id,
        product_id,
        service_line,
        bit_or(4095::bigint << (month_no - (select min(first_no) from months))) as held
    from sales
    where n_purchases > 0
    group by all
),

service_bits as (
    select
        customer_id,
        service_line,
        (1::bigint << least(greatest(to_k, 0), 50)) - (1::bigint << least(greatest(from_k, 0), 50)) as held
    from services
),

all_line_bits as (
    select customer_id, service_line, held from bits
    union all
    select customer_id, service_line, held from service_bits
),

line_bits as (
    select customer_id, service_line, bit_or(held) as held
    from all_line_bits
    group by customer_id, service_line
),

product_bits as (
    select customer_id, product_id, bit_or(held) as held
    from bits
    group by customer_id, product_id
),

edges as (
    select customer_id, held, 1 as products, 0 as lines from product_bits
    union all
    select customer_id, held, 1 as products, 0 as lines
    from service_bits
    where held > 0
    union all
    select customer_id, held, 0 as products, 1 as lines
    from line_bits
    where held > 0
),

turned as (
    select
        customer_id,
        k,
        case when held >> k & 1 = 1 then 1 else -1 end as turn,
        products,
        lines
    from edges
    cross join months
    where xor(held, held << 1) >> k & 1 = 1
),

parts as (
    select
        customer_id,
        k,
        sum(turn * products) as products,
        sum(turn * lines) as lines
    from turned
    group by customer_id, k
    union all by name
    select
        customer_id,
        greatest(from_k, 0) as k,
        1 as services,
        monthly_fee as fees,
        (from_k < 0 and to_k >= 0)::integer as earlier,
        (from_k >= 0)::integer as added
    from services
    union all by name
    select
        customer_id,
        greatest(to_k, 0) as k,
        -1 as services,
        -monthly_fee as fees,
        (to_k >= 0)::integer as cancelled,
        (from_k < to_k and is_unknown)::integer as cancelled_unknown
    from services
)

select
    customer_id,
    k,
    sum(products)::integer as products,
    sum(lines)::integer as lines,
    sum(services)::integer as services,
    sum(fees) as fees,
    sum(earlier)::integer as earlier,
    sum(added)::integer as added,
    sum(cancelled)::integer as cancelled,
    sum(cancelled_unknown)::integer as cancelled_unknown
from parts
where k <= (select max(last_k) from months)
group by customer_id, k;

drop table sales;

-- the typical gap between purchases, as known by each month's end and in the first year by its end
create temp table gaps as
with so_far as (
    select
        customer_id,
        k,
        (last_on - min(first_on) over by_month) / nullif(sum(n_days) over by_month - 1, 0) as gap
    from purchases
    window by_month as (partition by customer_id order by k)
),

news as (
    select
        k,
        gap - coalesce(lag(gap) over by_month, 0) as more,
        lag(gap) over by_month is null as is_first
    from so_far
    where gap is not null
    window by_month as (partition by customer_id order by k)
),

known as (
    select
        months.k,
        sum(coalesce(sum(more), 0)) over (order by months.k) as gap_sum,
        sum(count(*) filter (where is_first)) over (order by months.k) as n_customers
    from months
    left join news using (k)
    group by months.k
)

select months.k, gap_sum / nullif(n_customers, 0) as typical, n_customers
from months
inner join known on greatest(months.k, least(11, months.last_k)) = known.k;

-- a department's judgements: from which month, until which
create temp table judgements as
with judged as (
    select
        customer_id,
        assessed_on,
        level,
        change,
        greatest(k_of(assessed_on), related_k, 0) as from_k,
        k_of(expires_on) + (expires_on = last_day(expires_on))::integer as expiry_k
    from read_parquet(getvariable('assessments'))
    inner join customers using (customer_id)
),

ended as (
    select
        * exclude (expiry_k),
        case
            when expiry_k is not null
                then least(expiry_k, min(case when level is not null and expiry_k is null then from_k end) over later)
        end as to_k
    from judged
    window later as (
        partition by customer_id order by assessed_on rows between 1 following and unbounded following
    )
)

from ended
where to_k is null or to_k > from_k;

create temp table judged_months as
with bounds as (
    select *, from_k as k, true as is_start
    from judgements
    union all
    select *, to_k as k, false as is_start
    from judgements
    where to_k is not null
)

select
    customer_id,
    k,
    arg_max(level, assessed_on) filter (where is_start and to_k is null) as set_level,
    coalesce(sum(change) filter (where is_start and to_k is null), 0) as change,
    count(distinct level is null) as n_events
from bounds
group by customer_id, k;

create temp table holds as
select
    customer_id,
    k,
    arg_max(level, assessed_on) filter (where level is not null) as held_level,
    coalesce(sum(change), 0)::integer as held_change
from judgements
inner join months on k >= from_k and k < to_k
group by customer_id, k;

-- competitors: of a month's observations the last one, against what was known before the first
create temp table competitors as
with observed as (
    select
        customer_id,
        service_line,
        k_of(observed_on) as k,
        observed_on,
        share,
        lag(share, 1, -1) over (partition by customer_id, service_line order by observed_on) as before
    from read_parquet(getvariable('shares'))
),

lines as (
    select customer_id, k, arg_max(share, observed_on) as now, arg_min(before, observed_on) as before
    from observed
    group by customer_id, service_line, k
),

fired as (
    select
        customer_id,
        k,
        now >= 0.5 and before < 0.5 as half,
        now >= 0.8 and before < 0.8 as most,
        case when before >= 0.5 then -1 else -2 end as most_change
    from lines
)

select
    customer_id,
    k,
    min(case when most then most_change when half then -1 end) as change,
    bool_or(half)::integer + bool_or(most)::integer as n_events
from fired
where half or most
group by customer_id, k;

-- every month of every customer: figures, who has left and come back, the rules that fire
create temp table steps as
with spans as (
    select customers.customer_id, related_k, months.k, month_start, month_end
    from customers
    inner join months on months.k >= greatest(related_k, 0)
    where has_behaviour
),

joined as (
    select
        spans.*,
        coalesce(n_purchases, 0) as n_purchases,
        coalesce(purchases.amount, 0) as amount,
        case when n_purchases is null then 0 else quantity end as quantity,
        n_days,
        first_on,
        last_on,
        coalesce(added, 0) as added,
        coalesce(cancelled, 0) as cancelled,
        coalesce(cancelled_unknown, 0) as cancelled_unknown,
        earlier,
        changes.products,
        changes.lines,
        changes.services,
        changes.fees
    from spans
    left join purchases using (customer_id, k)
    left join changes using (customer_id, k)
),

running as (
    select
        customer_id,
        related_k,
        k,
        month_start,
        month_end,
        n_purchases,
        amount,
        quantity,
        added,
        cancelled,
        cancelled_unknown,
        earlier,
        coalesce(sum(products) over so_far, 0)::integer as products,
        coalesce(sum(lines) over so_far, 0)::integer as lines,
        coalesce(sum(services) over so_far, 0)::integer as services,
        coalesce(sum(fees) over so_far, 0)::double as fees,
        first_on,
        sum(n_days) over so_far as days_bought,
        min(first_on) over so_far as first_bought_on,
        max(last_on) over so_far as last_bought_on,
        max(case when n_purchases > 0 then k end) over so_far as bought_k,
        count(case when n_purchases > 0 then 1 end) over so_far as months_bought
    from joined
    window so_far as (partition by customer_id order by k)
),

used as (
    select
        *,
        n_purchases > 0 or services > 0 as is_using,
        amount + fees as revenue,
        (2 * typical + (last_bought_on - first_bought_on)) / (1 + days_bought) as own_gap,
        (first_on - lag(last_bought_on) over by_month) / (
            (2 * typical + (lag(last_bought_on) over by_month - first_bought_on)) / (1 + lag(days_bought) over by_month)
        ) as waited,
        coalesce(lag(services) over by_month, earlier, 0) as services_before,
        lag(months_bought, 1, 0) over by_month - lag(months_bought, 7, 0) over by_month as bought_of_six,
        (lag(amount) over by_month + lag(amount, 2) over by_month + lag(amount, 3) over by_month) / 3 as amount_base,
        (lag(quantity) over by_month + lag(quantity, 2) over by_month + lag(quantity, 3) over by_month) / 3
            as quantity_base,
        (
            lag(amount + fees) over by_month + lag(amount + fees, 2) over by_month + lag(amount + fees, 3) over by_month
        ) / 3 as revenue_base
    from running
    inner join gaps using (k)
    window by_month as (partition by customer_id order by k)
),

figures as (
    select
        * exclude (
            quantity, first_on, earlier, typical, days_bought, months_bought, amount_base, quantity_base, revenue_base
        ),
        case
            when services > 0 or services_before > 0 then 'monthly'
            when days_bought < 2 then 'new'
            when bought_of_six * 6 >= 5 * least(6, k - k_of(first_bought_on)) then 'monthly'
            when days_bought >= 2 then 'irregular'
        end as rhythm,
        case when round(amount_base, 9) >= 50 then round(amount / amount_base - 1, 12) end as purchase_change,
        case when round(revenue_base, 9) >= 50 then round(revenue / revenue_base - 1, 12) end as revenue_change,
        case when round(quantity_base, 9) >= 1e-9 then round(quantity / quantity_base - 1, 12) end as usage_change,
        case
            when k >= bought_k + 3 and (month_end - last_bought_on) > coalesce(round(3 * own_gap, 9), 0) then k
        end as silent_k
    from used
),

-- who is active, has left, has come back; how long it has used anything
known as (
    select
        *,
        max(silent_k) over by_month as last_silent_k,
        max(case when is_using then k end) over by_month as used_k,
        min(case when is_using then k end) over (partition by customer_id) as first_used_k
    from figures
    window by_month as (partition by customer_id order by k)
),

activity as (
    select
        *,
        services > 0
        or coalesce(bought_k > coalesce(last_silent_k, -1), false)
        -- no gap was seen between what was known before the data and the first months in them
        or coalesce(related_k < 0 and first_used_k < 3 and k < first_used_k, false) as is_active
    from known
),

turns as (
    select
        *,
        is_active and not coalesce(lag(is_active) over by_month, false) as begins,
        lag(used_k) over by_month as used_before_k,
        case when not is_active and lag(is_active) over by_month then k end as leaves_k,
        case when not is_active then null when services = 0 then round((month_end - last_bought_on) / own_gap, 9) end
            as overdue,
        case when services_before > 0 then cancelled_unknown / services_before end as unknown_share
    from activity
    window by_month as (partition by customer_id order by k)
),

stretches as (
    select
        *,
        count(case when begins then 1 end) over by_month as n_begun,
        max(leaves_k) over by_month as left_k,
        sum(case when begins then k - used_before_k - 1 end) over by_month as months_lost,
        lag(overdue) over by_month as overdue_before,
        lag(unknown_share) over by_month as unknown_share_before
    from turns
    window by_month as (partition by customer_id order by k)
),

tenured as (
    select
        *,
        not is_active and n_begun > 0 as has_left,
        begins and n_begun > 1 as is_return,
        case
            when used_k is null then greatest(-related_k, 0)
            else
                used_k - coalesce(months_lost, 0)
                + case
                    when related_k >= 0 then -first_used_k
                    when first_used_k < 3 then -related_k
                    else -related_k - first_used_k
                end
        end as tenure
    from stretches
),

lives as (
    select
        *,
        coalesce(lag(tenure) over by_month, tenure - case when used_k = k then 1 else 0 end) as tenure_before
    from tenured
    window by_month as (partition by customer_id order by k)
),

-- the rules that fire, the strongest of each group counting
asked as (
    select
        lives.*,
        judged_months.set_level,
        judged_months.change as judged_change,
        coalesce(judged_months.n_events, 0) as n_judged,
        competitors.change as competitor_change,
        coalesce(competitors.n_events, 0) as n_competitors,
        coalesce(rhythm = 'monthly' and purchase_change <= -0.30, false) as purchase_fall,
        coalesce(cancelled > 2 and revenue_change <= -0.20, false) as services_lost,
        coalesce(cancelled >= 1 and revenue_change <= -0.10, false) as cancellation,
        coalesce(unknown_share >= 0.5, false)
        and not coalesce(unknown_share_before >= 0.5, false) as unknown_cancellations,
        coalesce(rhythm in ('new', 'irregular') and overdue >= 1.5, false)
        and not coalesce(overdue_before >= 1.5, false) as half_overdue,
        coalesce(rhythm in ('new', 'irregular') and overdue >= 2, false)
        and not coalesce(overdue_before >= 2, false) as long_overdue,
        coalesce(rhythm = 'monthly' and usage_change >= 0.20 and revenue_change >= 0.20, false) as usage_growth,
        coalesce(added > 2 and revenue_change >= 0.20, false) as services_gained,
        coalesce(rhythm = 'irregular' and not begins and round(waited, 9) >= 0, false) as repeat_purchase,
        (tenure >= 12 and tenure_before < 12)::integer
        + (tenure >= 36 and tenure_before < 36)::integer
        + (tenure >= 60 and tenure_before < 60)::integer as anniversaries
    from lives
    left join judged_months using (customer_id, k)
    left join competitors using (customer_id, k)
),

counted as (
    select
        * exclude (set_level),
        case when not has_left then set_level end as set_level,
        case
            when has_left then 0
            else
                purchase_fall::integer + services_lost::integer + cancellation::integer
                + unknown_cancellations::integer + half_overdue::integer + long_overdue::integer
                + usage_growth::integer + services_gained::integer + repeat_purchase::integer + is_return::integer
                + anniversaries + n_competitors + n_judged
        end as n_events,
        case
            when services_lost or unknown_cancellations then -2
            when long_overdue and not coalesce(overdue_before >= 1.5, false) then -2
            when purchase_fall or cancellation or half_overdue or long_overdue then -1
            else 0
        end
        + case when usage_growth or services_gained or repeat_purchase then 1 else 0 end
        + anniversaries + coalesce(competitor_change, 0) + coalesce(judged_change, 0) as change
    from asked
),

summed as (
    select
        customer_id,
        k,
        month_start,
        month_end,
        case when has_left then 'left' when n_begun > 0 then 'active' else 'unknown' end as customer_status,
        case when has_left then left_k end as left_k,
        rhythm,
        case rhythm
            when 'monthly' then purchase_change is not null or revenue_change is not null
            when 'irregular' then overdue is not null
            when 'new' then overdue is not null and n_customers >= 30
            else false
        end as is_evaluable,
        n_events::integer as n_events,
        set_level::integer as set_level,
        case when has_left or set_level is not null then 0 else change end::integer as change_sum,
        is_return,
        tenure::integer as tenure_months,
        n_purchases,
        amount,
        revenue,
        products,
        lines
    from counted
)

select
    *,
    is_return or set_level is not null or change_sum != 0 as moves,
    count(case when moves then 1 end) over (partition by customer_id order by k) as step_no
from summed;

-- a stretch starts at level 3; a step sets the level, or adds to it and is clamped
create temp table paths as
select
    customer_id,
    list_reduce(
        list([set_level, case when is_return then 3 end, change_sum] order by k),
        lambda path, step: list_append(
            path, coalesce(step[1], within_ladder(coalesce(step[2], path[len(path)]) + step[3]))
        ),
        [3]
    ) as levels
from steps
where moves
group by customer_id;

-- D of the factor customer nature by type, and C of the three factors
create temp table types as
select code as customer_type, value / maximum as score
from read_csv(getvariable('types'))
where component = 'customer_type';

create temp table versions as
select
    customer_id,
    types.score,
    case when row_number() over by_date = 1 then date '1000-01-01' else valid_from end as starts,
    coalesce(lead(valid_from) over by_date, date '9999-12-31') as ends
from read_parquet(getvariable('customers'))
left join types using (customer_type)
window by_date as (partition by customer_id order by valid_from nulls first);

create temp table suppliers as
select
    customer_id,
    max(case when attribute = 'sole_supplier' then yes_no(value) end) as sole,
    max(case when attribute = 'ever_switched' then 1 - yes_no(value) end) as never_switched
from read_parquet(getvariable('profiles'))
group by customer_id;

-- what each customer said last, from the month of the answer until that of the next one
create temp table stated as
with verdicts as (
    select
        clean(survey_id) as survey_id,
        clean(customer_id) as customer_id,
        max(answered_at)::date as answered_on,
        max(case when question_id = 'q_overall' then clean(answer)::integer end) as overall_level,
        max(case when question_id = 'q_repurchase' then clean(answer)::integer end) / 10 as repeat_probability,
        max(case when question_id = 'q_recommend' then clean(answer)::integer end) as recommendation
    from read_parquet(getvariable('answers'))
    group by all
)

select
    *,
    k_of(answered_on) as from_k,
    coalesce(
        lead(k_of(answered_on)) over (partition by customer_id order by answered_on, survey_id),
        (select max(last_k) from months) + 1
    ) as to_k
from verdicts
where overall_level is not null or repeat_probability is not null or recommendation is not null;

-- in the last month the modelled probability stands in for one that nobody stated
create temp table modelled as
with buyers as (
    select
        customer_id,
        sum(n_days)::bigint - 1 as n_repeats,
        max(last_on) - min(first_on) as days_to_last,
        getvariable('as_of')::date - min(first_on) as days_observed
    from purchases
    group by customer_id
)

select
    customer_id,
    repeat_probability,
    repeat_low,
    repeat_high
from buyers
inner join read_parquet(getvariable('predictions')) using (n_repeats, days_to_last, days_observed);

-- both bands, class and relation by customer and stretch of months
create temp table classes as
with last_month as (
    select distinct last_k from months
),

indicators as (
    select
        stated.* exclude (repeat_probability, to_k),
        case when modelled.customer_id is null then stated.to_k else last_k end as to_k,
        stated.repeat_probability,
        case when stated.repeat_probability is not null then 'stated' end as repeat_source,
        null::double as repeat_low,
        null::double as repeat_high
    from stated
    cross join last_month
    left join modelled
        on stated.customer_id = modelled.customer_id
        and stated.repeat_probability is null
        and last_k >= from_k and last_k < to_k
    union all by name
    select
        modelled.*,
        'bg_nbd' as repeat_source,
        last_k as from_k,
        last_k + 1 as to_k,
        survey_id,
        overall_level,
        recommendation
    from modelled
    cross join last_month
    left join stated
        on modelled.customer_id = stated.customer_id
        and last_k >= stated.from_k and last_k < stated.to_k
    where stated.repeat_probability is null
),

bands as (
    from read_csv(getvariable('bands'))
),

banded as (
    select
        indicators.*,
        -- on the scale of the shipped question the levels from 3 on are satisfied ones
        overall_level >= 3 as is_satisfied,
        case when repeat_low is not null then exists (
            select 1
            from bands
            where
                indicator = 'repeat_probability'
                and (lower_bound between repeat_low and repeat_high or upper_bound between repeat_low and repeat_high)
        ) end as repeat_straddles,
        (
            select arg_min(band, rule_order) from bands
            where
                indicator = 'repeat_probability'
                and repeat_probability >= coalesce(lower_bound, -1)
                and repeat_probability <= coalesce(upper_bound, 99)
        ) as repeat_band,
        (
            select arg_min(band, rule_order) from bands
            where
                indicator = 'recommendation'
                and recommendation >= coalesce(lower_bound, -1)
                and recommendation <= coalesce(upper_bound, 99)
        ) as recommend_band
    from indicators
    where from_k < to_k
),

-- the rules are asked once per combination
combinations as (
    select distinct overall_level, is_satisfied, repeat_band, recommend_band from banded
),

classed as (
    select
        combinations.*,
        arg_min(class_id, rule_order) as loyalty_class,
        arg_min(is_loyal, rule_order) as is_loyal
    from combinations
    inner join read_csv(getvariable('classes')) as rules
        on (rules.is_satisfied is null or combinations.is_satisfied = rules.is_satisfied)
        and (min_overall_level is null or overall_level >= min_overall_level::integer)
        and (max_overall_level is null or overall_level <= max_overall_level::integer)
        and (rules.repeat_band is null or combinations.repeat_band = rules.repeat_band)
        and (rules.recommend_band is null or combinations.recommend_band = rules.recommend_band)
    group by all
),

related as (
    select classed.*, arg_min(relation_id, rule_order) as relation
    from classed
    left join read_csv(getvariable('relations')) as rules
        on (rules.is_satisfied is null or classed.is_satisfied = rules.is_satisfied)
        and (min_overall_level is null or overall_level >= min_overall_level::integer)
        and (max_overall_level is null or overall_level <= max_overall_level::integer)
        and (rules.repeat_band is null or classed.repeat_band = rules.repeat_band)
        and (rules.is_loyal is null or classed.is_loyal = rules.is_loyal)
    group by all
)

select
    banded.*,
    loyalty_class,
    is_loyal,
    relation
from banded
left join related
    on banded.overall_level is not distinct from related.overall_level
    and banded.is_satisfied is not distinct from related.is_satisfied
    and banded.repeat_band is not distinct from related.repeat_band
    and banded.recommend_band is not distinct from related.recommend_band;

copy (
    with levelled as (
        select
            steps.*,
            coalesce(levels[step_no + 1], 3) as replayed,
            case when is_return then 3 else coalesce(levels[step_no + 1 - moves::integer], 3) end as replayed_before
        from steps
        left join paths using (customer_id)
    ),

    placed as (
        select
            levelled.*,
            customer_status = 'left' as has_left,
            holds.held_level,
            coalesce(holds.held_change, 0) as held_change,
            -- of who has left: what was published in the month before
            coalesce(holds_before.held_level, within_ladder(replayed + coalesce(holds_before.held_change, 0)))
                as level_left_at
        from levelled
        left join holds
            on levelled.customer_id = holds.customer_id
            and levelled.k = holds.k
            and customer_status != 'left'
        left join holds as holds_before
            on levelled.customer_id = holds_before.customer_id and levelled.left_k - 1 = holds_before.k
    ),

    weights as (
        select
            max(weight) filter (where factor_id = 'customer_nature') as nature,
            max(weight) filter (where factor_id = 'products_held') as held,
            max(weight) filter (where factor_id = 'usage_behaviour') as usage
        from read_parquet(getvariable('weights'))
    ),

    -- what is not known is left out, and the weights of the rest are shared out
    scored as (
        select
            placed.*,
            weights.*,
            score as nature_score,
            least(products, 5) / 5 as held_score,
            (
                0.40e0 * least(tenure_months, 60) / 60 + 0.20e0 * least(lines, 4) / 4
                + coalesce(0.25e0 * sole, 0) + coalesce(0.15e0 * never_switched, 0)
            ) / (
                0.60e0 + case when sole is not null then 0.25e0 else 0 end
                + case when never_switched is not null then 0.15e0 else 0 end
            ) as usage_score
        from placed
        cross join weights
        left join versions
            on placed.customer_id = versions.customer_id and month_end >= starts and month_end < ends
        left join suppliers on placed.customer_id = suppliers.customer_id
    ),

    -- of customers without behaviour nothing is known but what they said
    others as (
        select customer_id, k, month_start, false as has_behaviour, 'unknown' as customer_status, false as has_left
        from customers
        inner join months on k >= greatest(related_k, 0)
        where not has_behaviour
    ),

    indexed as (
        select
            *,
            held + usage + case when nature_score is null then 0 else nature end as coverage,
            held * held_score + usage * usage_score + coalesce(nature * nature_score, 0) as points
        from scored
    ),

    both_kinds as (
        select *, true as has_behaviour from indexed
        union all by name
        from others
    )

    select
        month_start,
        both_kinds.customer_id,
        has_behaviour,
        customer_status,
        case
            when has_behaviour and not has_left then coalesce(held_level, within_ladder(replayed + held_change))::integer
        end as ladder_level,
        case when not has_left then replayed_before::integer end as replayed_level_before,
        set_level,
        change_sum,
        case when not has_left then replayed::integer end as replayed_level,
        not has_left and set_level is null and replayed != replayed_before + change_sum as is_clamped,
        held_level,
        held_change,
        n_events,
        rhythm,
        case
            when has_left then 'left'
            when is_evaluable then 'evaluated'
            when has_behaviour then 'not_evaluable'
        end as evaluation_status,
        case when has_left then level_left_at::integer end as last_level,
        (month_start - to_months((both_kinds.k - left_k)::integer))::date as left_since,
        case when not has_left and coverage >= 0.5 then 100 * points / coverage end as loyalty_index,
        case when not has_left then coverage end as weight_coverage,
        survey_id,
        overall_level,
        is_satisfied,
        recommendation::double as recommendation,
        recommend_band,
        -- of who has left nothing is modelled
        case when not has_left or repeat_source = 'stated' then repeat_probability end as repeat_probability,
        case when not has_left or repeat_source = 'stated' then repeat_source end as repeat_source,
        case when not has_left then repeat_low end as repeat_low,
        case when not has_left then repeat_high end as repeat_high,
        case when not has_left then repeat_straddles end as repeat_straddles,
        case when not has_left or repeat_source = 'stated' then repeat_band end as repeat_band,
        case when not has_left then loyalty_class end as loyalty_class,
        case when not has_left then is_loyal end as is_loyal,
        case when not has_left then relation end as satisfaction_loyalty_relation,
        tenure_months,
        n_purchases,
        amount,
        revenue,
        products as product_count,
        lines as breadth
    from both_kinds
    left join classes
        on both_kinds.customer_id = classes.customer_id
        and both_kinds.k >= classes.from_k
        and both_kinds.k < classes.to_k
) to (getvariable('out'));
