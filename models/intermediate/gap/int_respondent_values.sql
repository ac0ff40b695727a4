{{ config(materialized='view') }}

-- What each respondent got beside what it cost: each component (the mean place over its factors, 0 to 100), and the
-- whole, benefits less costs. A respondent counts with a valid answer to every component that its wave asks about; a
-- wave that asks for no cost, or for nothing but costs, has none.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set nothing = 'cast(null as double)' %}
{%- set components = dbt_satisfaction.asked_components() %}
{%- set rows, parts, questions = [], {'performance': [], 'cost': []}, {'performance': ["''"], 'cost': ["''"]} %}
{%- for c in components %}
{%- do parts[c.role].append('coalesce(' ~ c.name ~ ', 0e0)') %}
{%- do questions[c.role].extend(c.questions) %}
{%- do rows.append(["'value_component'", "'" ~ c.component ~ "'"]
    + ([c.name, nothing] if c.role == 'performance' else [nothing, c.name])) %}
{%- endfor %}
{%- do rows.append(["'delivered_value'", "'delivered_value'"]
    + [parts.performance | join(' + ') or nothing, parts.cost | join(' + ') or nothing]) %}

with waves as (
    select
        {%- for c in components %}
        bool_or(question_id in ({{ c.questions | join(', ') }})) as asks_{{ c.name }},
        {%- endfor %}
        survey_id
    from {{ ref('int_question_sums') }}
    where segment_type = 'total' and n_valid > 0
    group by survey_id
    having
        bool_or(question_id in ({{ questions.performance | join(', ') }}))
        and bool_or(question_id in ({{ questions.cost | join(', ') }}))
),

components as (
    select
        {%- for c in components %}
        {{ dbt_satisfaction.mean_across(c.places) }} as {{ c.name }},
        {%- endfor %}
        survey_id,
        customer_id,
        {{ types | join(', ') }}
    from {{ ref('int_factor_means') }}
    {{ '' if components else 'where 1 = 0' }}
),

complete as (
    select components.*
    from components
    inner join waves
        on components.survey_id = waves.survey_id
        {%- for c in components %}
        and (components.{{ c.name }} is not null or not waves.asks_{{ c.name }})
        {%- endfor %}
)

select
    *,
    coalesce(performance, 0e0) - coalesce(cost, 0e0) as gap
from {{ dbt_satisfaction.unpivot_groups(
    'complete', ['survey_id', 'customer_id'] + types, rows, ['item_type', 'item_id', 'performance', 'cost']
) }} as cells
where performance is not null or cost is not null
