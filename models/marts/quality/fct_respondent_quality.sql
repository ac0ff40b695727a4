{{ config(materialized='view') }}

with quality as (
    select
        survey_id,
        customer_id,
        channel,
        seconds_to_complete,
        is_speeder,
        is_straight_liner
    from {{ ref('int_respondent_quality') }}
),

answered as (
    select
        survey_id,
        customer_id,
        n_valid_answers
    from {{ ref('int_respondent_answers') }}
)

select
    quality.survey_id,
    quality.customer_id,
    quality.channel,
    answered.n_valid_answers,
    quality.seconds_to_complete,
    quality.is_speeder,
    quality.is_straight_liner
from quality
inner join answered on quality.survey_id = answered.survey_id and quality.customer_id = answered.customer_id
