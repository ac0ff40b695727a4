{{ config(materialized='view') }}

-- The customers of each wave, whether they were invited, and whether they answered. Customers of a wave are those who
-- were active in the last complete month before it; where nothing is known of that month, or the var population says
-- so, all whom the table customers names and who had joined. Whoever was invited or answered and is none of them
-- stands here, too.
with invited as (
    select
        survey_id,
        customer_id
    from {{ ref('stg_survey_invitations') }}
),

waves as (
    select
        survey_id,
        wave_date,
        starts_on,
        month_before
    from {{ ref('int_waves') }}
    where n_respondents > 0 or survey_id in (select survey_id from invited)
),

active as (
    select
        behaviour.customer_id,
        behaviour.month_start
    from {{ dbt_satisfaction.ref_if_on('int_customer_behaviour') }} as behaviour
    where behaviour.is_active{% if var('population') == 'declared' %} and 1 = 0{% endif %}
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
    inner join active on waves.month_before = active.month_start
    union all
    select
        waves.survey_id,
        declared.customer_id
    from waves
    left join known_months on waves.month_before = known_months.month_start
    inner join declared on coalesce(waves.starts_on >= declared.joined_on, true)
    where known_months.month_start is null
),

respondents as (
    select
        survey_id,
        customer_id
    from {{ ref('int_respondent_answers') }}
),

people as (
    select
        survey_id,
        customer_id,
        true as is_customer,
        false as is_invited,
        false as has_answered
    from customers
    union all
    select
        survey_id,
        customer_id,
        false as is_customer,
        true as is_invited,
        false as has_answered
    from invited
    union all
    select
        survey_id,
        customer_id,
        false as is_customer,
        false as is_invited,
        true as has_answered
    from respondents
)

select
    waves.survey_id,
    people.customer_id,
    waves.wave_date,
    bool_or(people.is_customer) as is_customer,
    bool_or(people.is_invited) as is_invited,
    bool_or(people.has_answered) as has_answered
from people
inner join waves on people.survey_id = waves.survey_id
group by waves.survey_id, people.customer_id, waves.wave_date
