-- Every rule that fires: a monthly rule in each month that meets it, a crossing rule in the month that begins to.
-- Of crossing rules over one figure in one group only what is new counts: 50 % then 80 % adds the difference.
{%- set metrics = dbt_satisfaction.ladder_metrics() %}

with rules as (
    select *, coalesce(exclusive_group, rule_id) as rule_group
    from {{ ref('method_ladder_rules') }}
    where enabled
),

customer_figures as (
    select
        customer_id,
        month_start,
        cast(null as {{ dbt.type_string() }}) as service_line,
        {%- for name in metrics if name != 'competitor_share' %}
        {%- set lagged = 'tenure_months - 1' if name == 'tenure_months' else 'lag(' ~ name ~ ') over months' %}
        {{ name }},
        {{ lagged }} as previous_{{ name }},
        {%- endfor %}
        cast(null as double) as competitor_share,
        cast(null as double) as previous_competitor_share
    from {{ ref('int_month_metrics') }}
    window months as (partition by customer_id order by month_start)
),

line_figures as (
    select
        customer_id,
        month_start,
        service_line,
        {%- for name in metrics if name != 'competitor_share' %}
        cast(null as double) as {{ name }},
        cast(null as double) as previous_{{ name }},
        {%- endfor %}
        competitor_share,
        previous_competitor_share
    from {{ ref('int_competitor_months') }}
),

figures as (
    select * from customer_figures
    union all
    select * from line_figures
),

met as (
    select
        figures.customer_id,
        figures.month_start,
        figures.service_line,
        rules.rule_id,
        rules.rule_group,
        rules.metric,
        rules.firing,
        rules.change,
        {{ dbt_satisfaction.metric_value('rules.metric') }} as evidence,
        {{ dbt_satisfaction.metric_value('rules.and_metric') }} as and_evidence,
        {{ dbt_satisfaction.rule_holds('previous_') }} as held_before
    from figures
    cross join rules
    where {{ dbt_satisfaction.rule_holds() }}
),

graded as (
    select
        *,
        max_by(change, case when firing = 'crossing' and held_before then abs(change) end) over (
            partition by customer_id, month_start, service_line, rule_group, metric
        ) as change_before
    from met
)

select
    customer_id,
    month_start,
    service_line,
    rule_id,
    rule_group,
    cast(change - case when firing = 'crossing' then coalesce(change_before, 0) else 0 end as integer) as change,
    evidence,
    and_evidence
from graded
where firing = 'monthly' or not held_before
