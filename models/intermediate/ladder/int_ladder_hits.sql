-- Every rule that fires: a monthly rule in each month that meets it, a crossing rule in the month that begins to.
-- Of crossing rules over one figure in one group only what is new counts: 50 % then 80 % adds the difference.
-- noqa: disable=LT02
{%- set figures = ref('int_month_metrics') %}
{%- set rules = dbt_satisfaction.ladder_rules() %}

-- An earlier share of -1 is none at all: min_by would pass over a null and take the next observation of the month.
with observations as (
    select
        *,
        coalesce(lag(share) over (partition by customer_id, service_line order by observed_on), -1) as earlier_share
    from {{ ref('stg_competitor_shares') }}
),

-- Competitors' share of each service line: of several observations in one month the last one counts; the month before
-- saw what was known before the first.
lines as (
    select
        customer_id,
        service_line,
        cast(date_trunc('month', observed_on) as date) as month_start,
        max_by(share, observed_on) as competitor_share,
        nullif(min_by(earlier_share, observed_on), -1) as previous_competitor_share
    from observations
    group by all
)

{%- for rule in rules %}
{%- set of_lines = rule.metric == 'competitor_share' %}
{%- set crossed = [] %}
{%- if rule.firing == 'crossing' %}
{%- for other in rules
    if other.rule_group == rule.rule_group and other.metric == rule.metric and other.firing == 'crossing' %}
{%- do crossed.append(other) %}
{%- endfor %}
{%- endif %}

select
    figures.customer_id,
    figures.month_start,
    {{ 'figures.service_line' if of_lines else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as service_line,
    {{ dbt_satisfaction.text_literal(rule.rule_id) }} as rule_id,
    {{ dbt_satisfaction.text_literal(rule.rule_group) }} as rule_group,
    cast({{ rule.change }}
    {%- if crossed | length > 1 %} - case
        {%- for other in crossed | sort(attribute='size', reverse=true) if other.rule_id != rule.rule_id %}
        when {{ dbt_satisfaction.rule_is_met(other, 'now') }} and {{ dbt_satisfaction.rule_is_met(other, 'before') }}
            then {{ other.change }}
        {%- endfor %}
        else 0
    end
    {%- endif %} as integer) as change,
    {{ dbt_satisfaction.rule_figure(rule.metric, rule, 'now') }} as evidence,
    {{ dbt_satisfaction.rule_figure(rule.and_metric, rule, 'now') }} as and_evidence
from {{ 'lines' if of_lines else figures }} as figures
{%- if of_lines %}
inner join {{ figures }} as months
    on figures.customer_id = months.customer_id and figures.month_start = months.month_start
{%- endif %}
{%- if rule.firing == 'crossing' and not of_lines
    and (rule.metric != 'tenure_months' or rule.and_metric or crossed | length > 1) %}
left join {{ figures }} as before
    on figures.customer_id = before.customer_id
    and {{ dbt_satisfaction.add_months('figures.month_start', -1) }} = before.month_start
{%- endif %}
where
    {{ dbt_satisfaction.rule_applies(rule, 'months' if of_lines else 'figures') }}
    and {{ dbt_satisfaction.rule_is_met(rule, 'now') }}
    {%- if rule.firing == 'crossing' %}
    and not {{ dbt_satisfaction.rule_is_met(rule, 'before') }}
    {%- endif %}

union all
{%- endfor %}

select
    customer_id,
    month_start,
    service_line,
    cast(null as {{ dbt.type_string() }}) as rule_id,
    cast(null as {{ dbt.type_string() }}) as rule_group,
    cast(null as integer) as change,
    cast(null as double) as evidence,
    cast(null as double) as and_evidence
from lines
where 1 = 0
