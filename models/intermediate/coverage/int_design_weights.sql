{{ config(materialized='view') }}
{%- do dbt_satisfaction.stop_for_no_weights() %}
{%- set is_finite = dbt_satisfaction.is_finite_population() %}

-- How many customers each respondent stands for by the way in which it was drawn, before anything is known of who
-- answered: the weight that the answers bring; where a wave brings none, customers of the stratum over those who were
-- invited in it; else 1. Who has no weight in a wave where others have one counts nothing: 0. Where the var
-- finite_population is true, also the share that each answered of the factors of its wave.
with answers as (
    select
        survey_id,
        customer_id,
        is_anonymous,
        respondent_weight,
        {%- if is_finite %}
        {{ dbt_satisfaction.answered_share() }} as answered_share,
        {%- endif %}
        max(respondent_weight) over (partition by survey_id) is not null as wave_has_weights
    from {{ ref('int_respondent_answers') }}
),

invited as (
    select
        survey_id,
        customer_id,
        coalesce(stratum, '') as stratum,
        count(*) over (partition by survey_id, coalesce(stratum, '')) as n_invited
    from {{ ref('stg_survey_invitations') }}
),

invited_waves as (
    select distinct survey_id
    from invited
),

margins as (
    select
        survey_id,
        value,
        n_customers
    from {{ dbt_satisfaction.method_table('population_margins') }} as population_margins
    where dimension = 'stratum'
),

own_margins as (
    select distinct survey_id
    from margins
)

select
    answers.survey_id,
    answers.customer_id,
    answers.is_anonymous,
    {%- if is_finite %}
    answers.answered_share,
    {%- endif %}
    case
        when invited.customer_id is not null then invited.stratum
        when invited_waves.survey_id is not null then 'not invited'
        else ''
    end as stratum,
    case
        when answers.wave_has_weights then coalesce(answers.respondent_weight, 0)
        else coalesce(margins.n_customers / invited.n_invited, 1)
    end as design_weight,
    answers.wave_has_weights and answers.respondent_weight is null as is_without_weight
from answers
left join invited on answers.survey_id = invited.survey_id and answers.customer_id = invited.customer_id
left join invited_waves on answers.survey_id = invited_waves.survey_id
left join own_margins on answers.survey_id = own_margins.survey_id
left join margins
    on invited.stratum = margins.value
    and coalesce(own_margins.survey_id, '*') = margins.survey_id
