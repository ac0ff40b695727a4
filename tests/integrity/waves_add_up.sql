-- The figures of a wave are the sums over its customers, and every kind of segment holds each respondent once.
with customers as (
    select
        survey_id,
        count(*) as n_respondents,
        sum(n_responses) as n_responses,
        sum(n_valid_answers) as n_valid_answers,
        sum(n_missing_answers) as n_missing_answers,
        count(case when n_factors > 0 then 1 end) as n_rated
    from {{ ref('fct_customer_satisfaction') }}
    group by survey_id
),

kinds as (
    select
        survey_id,
        segment_type,
        sum(n_respondents) as n_respondents
    from {{ ref('fct_segment_satisfaction') }}
    group by survey_id, segment_type
)

select
    waves.survey_id,
    kinds.segment_type
from {{ ref('dim_waves') }} as waves
left join customers on waves.survey_id = customers.survey_id
left join kinds on waves.survey_id = kinds.survey_id
where
    waves.n_respondents != coalesce(customers.n_respondents, 0)
    or waves.n_responses != coalesce(customers.n_responses, 0)
    or waves.n_valid_answers != coalesce(customers.n_valid_answers, 0)
    or waves.n_missing_answers != coalesce(customers.n_missing_answers, 0)
    or coalesce(kinds.n_respondents, 0) != coalesce(customers.n_rated, 0)
