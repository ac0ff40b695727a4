{{ config(materialized='view') }}

with events as (
    select
        customer_id,
        month_start,
        rule_id,
        rule_group,
        service_line,
        author,
        note,
        set_level,
        held_level,
        held_until,
        change,
        evidence,
        and_evidence,
        effect
    from {{ ref('int_ladder_events') }}
),

steps as (
    select
        customer_id,
        month_start,
        level_before,
        level_after,
        set_level,
        change_sum
    from {{ ref('int_ladder_steps') }}
),

rules as (
    select
        rule_id,
        metric,
        comparison,
        threshold,
        and_metric,
        and_comparison,
        and_threshold,
        label_zh,
        label_en,
        reason_zh,
        reason_en
    from {{ dbt_satisfaction.method_table('ladder_rules') }}
)

select
    events.month_start,
    events.customer_id,
    events.rule_id,
    events.rule_group,
    events.effect,
    steps.level_before,
    case when events.set_level is not null then events.set_level - steps.level_before else events.change end
        as change,
    steps.level_after,
    steps.set_level is null
    and coalesce(steps.level_after != steps.level_before + steps.change_sum, false) as is_clamped,
    coalesce(events.set_level, events.held_level) as assessed_level,
    events.held_until,
    rules.metric,
    events.evidence,
    rules.comparison,
    rules.threshold,
    rules.and_metric,
    events.and_evidence,
    rules.and_comparison,
    rules.and_threshold,
    events.service_line,
    events.author,
    events.note,
    rules.label_zh,
    rules.label_en,
    rules.reason_zh,
    rules.reason_en
from events
left join steps on events.customer_id = steps.customer_id and events.month_start = steps.month_start
inner join rules on events.rule_id = rules.rule_id
