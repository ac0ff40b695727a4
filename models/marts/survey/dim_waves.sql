with waves as (
    select
        survey_id,
        survey_name_zh,
        survey_name_en,
        opened_on,
        closed_on,
        invited,
        is_declared,
        n_respondents,
        n_responses,
        n_valid_answers,
        n_missing_answers,
        wave_date,
        wave_number,
        previous_survey_id
    from {{ ref('int_waves') }}
)

select
    survey_id,
    cast(wave_number as integer) as wave_number,
    coalesce(survey_name_zh, survey_id) as label_zh,
    coalesce(survey_name_en, survey_id) as label_en,
    opened_on,
    closed_on,
    wave_date,
    previous_survey_id,
    is_declared,
    cast(invited as bigint) as n_invited,
    n_respondents,
    n_responses,
    n_valid_answers,
    n_missing_answers
from waves
