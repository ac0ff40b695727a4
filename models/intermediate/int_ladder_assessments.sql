-- A department's judgements, month by month: where each begins and where it ends. A change moves the customer in the
-- month it is made and is taken back in the month after it expires. A level without expiry is set once; a level with
-- expiry is held in every month at whose end it is in force, and then let go.
with judgements as (
    select * from {{ ref('int_ladder_judgements') }}
),

steps as (
    select
        *,
        from_month as month_start,
        change as step,
        case when end_month is null then level end as set_level,
        case when end_month is not null then level end as held_level,
        false as is_expiry
    from judgements
    union all
    select
        *,
        end_month as month_start,
        -change as step,
        cast(null as integer) as set_level,
        cast(null as integer) as held_level,
        true as is_expiry
    from judgements
    where end_month is not null
)

-- of several judgements the last one tells author and note; a blank is kept, which max_by alone would pass over
select
    customer_id,
    month_start,
    rule_id,
    rule_group,
    nullif(max_by(coalesce(author, ''), assessed_on), '') as author,
    nullif(max_by(coalesce(note, ''), assessed_on), '') as note,
    cast(max_by(set_level, case when set_level is not null then assessed_on end) as integer) as set_level,
    cast(max_by(held_level, case when held_level is not null then assessed_on end) as integer) as held_level,
    max_by(end_month, case when held_level is not null then assessed_on end) as held_until,
    cast(coalesce(sum(step), 0) as integer) as change,
    bool_and(is_expiry) as is_expiry
from steps
group by all
