{{ config(materialized='view') }}

-- Who answered in which wave, with what loyalty asks of a survey: the overall verdict, recommendation, repurchase.
select
    survey_id,
    customer_id,
    is_anonymous,
    n_responses,
    n_valid_answers,
    n_missing_answers,
    first_answered_at,
    last_answered_at,
    overall_level,
    is_satisfied,
    recommendation,
    repeat_probability
from {{ ref('int_respondent_answers') }}
