-- Who answered in which wave, with the three loyalty indicators: the customer's latest valid answer counts.
{%- set latest = "(coalesce(answered_at, cast('1900-01-01' as timestamp)), response_id, question_id)" %}

with answers as (
    select * from {{ ref('stg_survey_answers') }}
)

select
    survey_id,
    customer_id,
    bool_or(is_anonymous) as is_anonymous,
    count(distinct response_id) as n_responses,
    count(level) as n_valid_answers,
    count(*) - count(level) as n_missing_answers,
    min(answered_at) as first_answered_at,
    max(answered_at) as last_answered_at,
    max_by(level_of_five, {{ latest }}) filter (where role = 'overall' and level is not null) as overall_level,
    max_by(value, {{ latest }}) filter (where role = 'recommend' and level is not null) as recommendation,
    max_by(value_share, {{ latest }}) filter (where role = 'repurchase' and level is not null) as repeat_probability
from answers
group by all
