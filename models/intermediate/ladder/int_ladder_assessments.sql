-- A department's judgements, month by month: one row where any of a rule begin or end, and what that does (effect).
-- sets: a level without expiry · holds: a level with expiry begins · moves: a change without expiry · shifts: a change
-- with expiry begins · lets_go: nothing begins, and a judgement with expiry ends.
{%- set effects = ['sets', 'holds', 'moves', 'shifts', 'lets_go'] %}

with judgements as (
    select * from {{ ref('int_ladder_judgements') }}
),

steps as (
    select
        *,
        from_month as month_start,
        change as step,
        case when level is not null then 1 else 3 end + case when end_month is not null then 1 else 0 end as strength
    from judgements
    union all
    select
        *,
        end_month as month_start,
        -change as step,
        5 as strength
    from judgements
    where end_month is not null
),

ranked as (
    select
        *,
        min(strength) over same_rule as strongest,
        max(assessed_on) over same_rule as last_assessed_on
    from steps
    window same_rule as (partition by customer_id, month_start, rule_id)
)

-- of several things that happen in a month the strongest names the row; author and note are those of the last judgement
select
    customer_id,
    month_start,
    rule_id,
    rule_group,
    case strongest
        {%- for effect in effects %}
        when {{ loop.index }} then '{{ effect }}'
        {%- endfor %}
    end as effect,
    max(case when assessed_on = last_assessed_on then author end) as author,
    max(case when assessed_on = last_assessed_on then note end) as note,
    cast(max_by(level, case when strength = 1 then assessed_on end) as integer) as set_level,
    cast(max_by(level, case when strength = 2 then assessed_on end) as integer) as held_level,
    max_by(end_month, case when strength = 2 then assessed_on end) as held_until,
    cast(coalesce(sum(case when strength = strongest then step end), 0) as integer) as change
from ranked
group by customer_id, month_start, rule_id, rule_group, strongest
