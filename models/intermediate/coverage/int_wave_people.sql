{{ config(materialized='view') }}

-- The customers of each wave, and whether they answered. Customers of a wave are those who were active in the last
-- complete month before it; where nothing is known of that month, or the var population says so, all whom the table
-- customers names and who had joined. Respondents who are none of them stand here, too.
with waves as (
    select
        survey_id,
        wave_date,
        coalesce(starts_on, wave_date) as starts_on,
        cast({{ dbt_satisfaction.add_months("date_trunc('month', coalesce(starts_on, wave_date))", -1) }} as date) as month_start
    from {{ ref('int_waves') }}
    where n_respondents > 0
),

active as (
    select
        customer_id,
        month_start
    from {{ dbt_satisfaction.ref_if_on('int_customer_behaviour') }} as behaviour
    where is_active{% if var('population') == 'declared' %} and 1 = 0{% endif %}
),

known_months as (
    select distinct month_start
    from active
),

declared as (
    select
        customer_id,
        min(joined_on) as joined_on
    from {{ ref('int_declared_customers') }}
    group by customer_id
),

customers as (
    select
        waves.survey_id,
        active.customer_id
    from waves
    inner join active on waves.month_start = active.month_start
    union all
    select
        waves.survey_id,
        declared.customer_id
    from waves
    left join known_months on waves.month_start = known_months.month_start
    inner join declared on coalesce(declared.joined_on <= waves.starts_on, true)
    where known_months.month_start is null
),

respondents as (
    select
        survey_id,
        customer_id
    from {{ ref('int_respondent_answers') }}
)

select
    waves.survey_id,
    coalesce(customers.customer_id, respondents.customer_id) as customer_id,
    waves.wave_date,
    customers.customer_id is not null as is_customer,
    respondents.customer_id is not null as has_answered
from customers
full outer join respondents
    on customers.survey_id = respondents.survey_id
    and customers.customer_id = respondents.customer_id
inner join waves on coalesce(customers.survey_id, respondents.survey_id) = waves.survey_id
