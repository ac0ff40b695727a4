-- Customers as they are called on the day that the data is looked at; a questionnaire without a name cannot be called.
with customers as (
    select
        versions.customer_id,
        versions.customer_name,
        versions.customer_type,
        versions.region
    from {{ ref('int_customer_versions') }} as versions
    cross join {{ ref('int_calendar') }} as calendar
    where not versions.is_anonymous and {{ dbt_satisfaction.holds_on('versions', 'calendar.as_of_date') }}
),

actions as (
    select
        customer_id,
        amount_in_window,
        line_id,
        as_of_date,
        month_start,
        loyalty_class,
        relation_id,
        tier_id,
        is_active,
        customer_status,
        left_since,
        last_level,
        ladder_level,
        ladder_changed_in,
        survey_id,
        overall_level,
        satisfaction_index,
        weakest_factor_id,
        weakest_factor_score,
        weakest_factor_points_lost,
        open_complaint_id,
        complaint_opened_on,
        n_open_complaints,
        recency_days,
        ladder_rule_id
    from {{ ref('int_customer_standing') }}
),

lines as (
    select
        line_id,
        line_order,
        due_days,
        action_zh,
        action_en
    from {{ dbt_satisfaction.method_table('playbook_lines') }}
),

rules as (
    select
        rule_id,
        reason_zh,
        reason_en
    from {{ dbt_satisfaction.method_table('ladder_rules') }}
),

factors as (
    select
        factor_id,
        label_zh,
        label_en
    from {{ dbt_satisfaction.method_table('factors') }}
),

last_results as (
    select
        customer_id,
        line_id,
        done_on,
        outcome
    from {{ dbt_satisfaction.ref_if_on('stg_next_action_results') }}
    qualify row_number() over (partition by customer_id order by done_on desc, line_id asc) = 1
)

select
    actions.customer_id,
    cast(row_number() over (
        -- ties by lot: a token can take the place of an id that was forgotten
        order by
            lines.line_order asc nulls last, actions.amount_in_window desc nulls last,
            {{ dbt_satisfaction.lot('actions.customer_id') }} asc, actions.customer_id asc
    ) as bigint) as call_rank,
    customers.customer_name,
    customers.customer_type,
    customers.region,
    actions.line_id,
    lines.action_zh,
    lines.action_en,
    cast({{ dbt.dateadd('day', 'lines.due_days', 'actions.as_of_date') }} as date) as due_on,
    actions.month_start,
    actions.loyalty_class,
    actions.relation_id as satisfaction_loyalty_relation,
    actions.tier_id,
    actions.is_active,
    actions.ladder_level,
    actions.ladder_changed_in,
    rules.reason_zh as ladder_reason_zh,
    rules.reason_en as ladder_reason_en,
    actions.survey_id,
    actions.overall_level,
    actions.satisfaction_index,
    actions.weakest_factor_id,
    factors.label_zh as weakest_factor_zh,
    factors.label_en as weakest_factor_en,
    actions.weakest_factor_score,
    actions.weakest_factor_points_lost,
    actions.open_complaint_id,
    actions.complaint_opened_on,
    cast(actions.n_open_complaints as bigint) as n_open_complaints,
    actions.recency_days,
    actions.amount_in_window,
    actions.customer_status,
    actions.left_since,
    cast(actions.last_level as integer) as last_level,
    last_results.line_id as last_line_id,
    last_results.done_on as last_done_on,
    lower(last_results.outcome) as last_outcome
from actions
inner join customers on actions.customer_id = customers.customer_id
left join lines on actions.line_id = lines.line_id
left join rules on actions.ladder_rule_id = rules.rule_id
left join factors on actions.weakest_factor_id = factors.factor_id
left join last_results on actions.customer_id = last_results.customer_id
