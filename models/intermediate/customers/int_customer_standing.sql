-- What is known of every customer today, in one row: the last complete month, the latest verdict, the latest reason on
-- the ladder, the oldest open complaint; and the first line of the playbook that fits. A blank condition fits all; one
-- that asks for something that is not known does not fit. A line that solved something rests a while.
{%- set conditions = ['tier_id', 'loyalty_class', 'relation_id', 'is_satisfied', 'is_active', 'has_open_complaint',
    'has_weakest_factor', 'weakest_factor_id'] %}
{%- set bounded = ['overall_level', 'ladder_level'] %}
{%- set no_complaint = 0 if 'behaviour' in var('areas') else 'null' %}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

customers as (
    select distinct customer_id from {{ ref('int_customer_versions') }}
),

loyalty as (
    select loyalty_months.*
    from {{ dbt_satisfaction.ref_if_on('int_loyalty_months') }} as loyalty_months
    inner join calendar on loyalty_months.month_start = calendar.last_month
),

behaviour as (
    select behaviour_months.*
    from {{ dbt_satisfaction.ref_if_on('int_customer_behaviour') }} as behaviour_months
    inner join calendar on behaviour_months.month_start = calendar.last_month
),

tiers as (
    select
        tiered.customer_id,
        rules.tier_id,
        {{ dbt_satisfaction.rfm_cell('tiered') }} as rfm_cell
    from {{ dbt_satisfaction.ref_if_on('int_customer_tiers') }} as tiered
    inner join calendar on tiered.month_start = calendar.last_month
    left join {{ dbt_satisfaction.method_table('tier_rules') }} as rules on tiered.rule_order = rules.rule_order
),

-- of the events of the latest month with one the strongest
reasons as (
    select
        customer_id,
        month_start as ladder_changed_in,
        rule_id as ladder_rule_id
    from {{ dbt_satisfaction.ref_if_on('int_ladder_events') }}
    where effect in ('moves', 'sets', 'holds', 'shifts')
    qualify
        row_number() over (
            partition by customer_id order by month_start desc, abs(change) desc nulls last, rule_id
        ) = 1
),

open_complaints as (
    select
        customer_id,
        complaint_id as open_complaint_id,
        cast(opened_at as date) as complaint_opened_on,
        count(*) over (partition by customer_id) as n_open_complaints
    from {{ dbt_satisfaction.ref_if_on('stg_complaints') }}
    where resolved_at is null
    qualify row_number() over (partition by customer_id order by opened_at, complaint_id) = 1
),

verdicts as (
    select * from {{ dbt_satisfaction.ref_if_on('int_latest_verdicts') }}
),

standing as (
    select
        customers.customer_id,
        calendar.as_of_date,
        loyalty.month_start,
        tiers.tier_id,
        tiers.rfm_cell,
        case when loyalty.has_behaviour then behaviour.is_active end as is_active,
        loyalty.customer_status,
        loyalty.left_since,
        loyalty.last_level,
        behaviour.recency_days,
        behaviour.n_purchases_in_window,
        behaviour.amount_in_window,
        loyalty.loyalty_index,
        loyalty.ladder_level,
        loyalty.class_id as loyalty_class,
        loyalty.is_loyal,
        loyalty.relation_id,
        cast(coalesce(loyalty.overall_level, verdicts.overall_level) as integer) as overall_level,
        coalesce(loyalty.is_satisfied, verdicts.is_satisfied) as is_satisfied,
        loyalty.repeat_probability,
        loyalty.repeat_source,
        reasons.ladder_changed_in,
        reasons.ladder_rule_id,
        verdicts.survey_id,
        verdicts.satisfaction_index,
        coalesce(verdicts.has_weakest_factor, false) as has_weakest_factor,
        verdicts.weakest_factor_id,
        verdicts.weakest_factor_score,
        verdicts.weakest_factor_points_lost,
        open_complaints.open_complaint_id is not null as has_open_complaint,
        coalesce(open_complaints.n_open_complaints, {{ no_complaint }}) as n_open_complaints,
        open_complaints.open_complaint_id,
        open_complaints.complaint_opened_on,
        rest.resting_lines
    from customers
    cross join calendar
    left join loyalty on customers.customer_id = loyalty.customer_id
    left join behaviour on customers.customer_id = behaviour.customer_id
    left join tiers on customers.customer_id = tiers.customer_id
    left join reasons on customers.customer_id = reasons.customer_id
    left join open_complaints on customers.customer_id = open_complaints.customer_id
    left join verdicts on customers.customer_id = verdicts.customer_id
    left join {{ dbt_satisfaction.ref_if_on('int_resting_lines') }} as rest on customers.customer_id = rest.customer_id
),

lines as (
    select * from {{ dbt_satisfaction.method_table('playbook_lines') }}
),

-- the lines are asked once per combination, not once per customer
combinations as (
    select distinct {{ (conditions + bounded + ['resting_lines']) | join(', ') }} from standing
),

fitting as (
    select
        combinations.*,
        min_by(lines.line_id, lines.line_order) as line_id
    from combinations
    inner join lines
        on true
        {%- for name in conditions %}
        and (lines.{{ name }} is null or combinations.{{ name }} = lines.{{ name }})
        {%- endfor %}
        {%- for name in bounded %}
        and (lines.min_{{ name }} is null or combinations.{{ name }} >= lines.min_{{ name }})
        and (lines.max_{{ name }} is null or combinations.{{ name }} <= lines.max_{{ name }})
        {%- endfor %}
        and coalesce(instr(combinations.resting_lines, concat('|', lines.line_id, '|')), 0) = 0
    group by all
)

select
    standing.*,
    fitting.line_id
from standing
left join fitting
    on true
    {%- for name in conditions + bounded + ['resting_lines'] %}
    and standing.{{ name }} is not distinct from fitting.{{ name }}
    {%- endfor %}
