-- One row per month, customer and rule that fired, and what became of it (effect):
-- moves: its change counts · outweighed: a stronger rule of its group counts · sets: a judgement sets the level ·
-- holds, shifts, lets_go: a judgement with expiry begins to hold or shift the level, or ends · overruled: a level was
-- set that month · none: the customer has left, so that no judgement moves it.
with hits as (
    select * from {{ ref('int_ladder_hits') }}
),

-- the strongest service line is a rule's evidence
strongest_lines as (
    select *
    from hits
    where service_line is not null
    qualify
        row_number() over (
            partition by customer_id, month_start, rule_id
            order by abs(change) desc, abs(evidence) desc, service_line
        ) = 1
),

one_per_rule as (
    select * from hits
    where service_line is null
    union all
    select * from strongest_lines
),

-- what ends after the last complete month has not ended yet
assessments as (
    select
        assessments.*,
        months.customer_status = 'left' as has_left
    from {{ ref('int_ladder_assessments') }} as assessments
    inner join {{ ref('int_month_metrics') }} as months
        on assessments.customer_id = months.customer_id and assessments.month_start = months.month_start
),

set_months as (
    select distinct customer_id, month_start
    from assessments
    where set_level is not null and not has_left
),

events as (
    select
        customer_id,
        month_start,
        rule_id,
        rule_group,
        service_line,
        cast(null as {{ dbt.type_string() }}) as author,
        cast(null as {{ dbt.type_string() }}) as note,
        cast(null as integer) as set_level,
        cast(null as integer) as held_level,
        cast(null as date) as held_until,
        change,
        evidence,
        and_evidence,
        cast(null as {{ dbt.type_string() }}) as assessed
    from one_per_rule
    union all
    select
        customer_id,
        month_start,
        rule_id,
        rule_group,
        cast(null as {{ dbt.type_string() }}) as service_line,
        author,
        note,
        set_level,
        held_level,
        held_until,
        change,
        cast(coalesce(set_level, held_level, change) as double) as evidence,
        cast(null as double) as and_evidence,
        case when has_left then 'none' else effect end as assessed
    from assessments
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, month_start, rule_group
            order by abs(change) desc, rule_id
        ) as rank_in_group
    from events
)

select
    ranked.customer_id,
    ranked.month_start,
    ranked.rule_id,
    ranked.rule_group,
    ranked.service_line,
    ranked.author,
    ranked.note,
    ranked.set_level,
    ranked.held_level,
    ranked.held_until,
    ranked.change,
    ranked.evidence,
    ranked.and_evidence,
    case
        when ranked.assessed in ('sets', 'holds', 'shifts', 'lets_go', 'none') then ranked.assessed
        when set_months.customer_id is not null then 'overruled'
        when ranked.rank_in_group = 1 then 'moves'
        else 'outweighed'
    end as effect
from ranked
left join set_months on ranked.customer_id = set_months.customer_id and ranked.month_start = set_months.month_start
