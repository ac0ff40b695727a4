-- Every survey that is declared or answered, in the order of time. What is made of waves is not built where answers
-- are not understood.
{%- do ref('py_answer_gate') %}

with surveys as (
    select * from {{ ref('stg_surveys') }}
),

invited as (
    select
        survey_id,
        count(*) as n_invited
    from {{ ref('stg_survey_invitations') }}
    group by survey_id
),

answered as (
    select
        survey_id,
        count(*) as n_respondents,
        cast(sum(n_responses) as bigint) as n_responses,
        cast(sum(n_valid_answers) as bigint) as n_valid_answers,
        cast(sum(n_missing_answers) as bigint) as n_missing_answers,
        cast(min(first_answered_at) as date) as first_answered_on,
        cast(max(last_answered_at) as date) as last_answered_on
    from {{ ref('int_respondent_answers') }}
    group by all
),

joined as (
    select
        coalesce(surveys.survey_id, answered.survey_id) as survey_id,
        surveys.survey_name_zh,
        surveys.survey_name_en,
        surveys.opened_on,
        surveys.closed_on,
        coalesce(surveys.invited, invited.n_invited) as invited,
        surveys.survey_id is not null as is_declared,
        coalesce(answered.n_respondents, 0) as n_respondents,
        coalesce(answered.n_responses, 0) as n_responses,
        coalesce(answered.n_valid_answers, 0) as n_valid_answers,
        coalesce(answered.n_missing_answers, 0) as n_missing_answers,
        coalesce(answered.last_answered_on, surveys.closed_on, surveys.opened_on) as wave_date,
        coalesce(surveys.opened_on, answered.first_answered_on, surveys.closed_on) as starts_on
    from surveys
    full outer join answered on surveys.survey_id = answered.survey_id
    left join invited on coalesce(surveys.survey_id, answered.survey_id) = invited.survey_id
),

numbered as (
    select
        *,
        cast({{ dbt_satisfaction.add_months("date_trunc('month', starts_on)", -1) }} as date) as month_before,
        row_number() over (order by wave_date asc nulls last, starts_on asc nulls last, survey_id asc) as wave_number
    from joined
)

select
    *,
    -- the newest earlier wave that has answers
    max_by(survey_id, case when n_respondents > 0 then wave_number end) over (
        order by wave_number rows between unbounded preceding and 1 preceding
    ) as previous_survey_id
from numbered
