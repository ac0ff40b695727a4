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
),

forgotten as (
    select
        survey_id,
        cast(sum(case when lower(how) = 'anonymised' then people end) as bigint) as n_anonymised,
        cast(sum(case when lower(how) = 'deleted' then people end) as bigint) as n_deleted
    from {{ ref('stg_survey_forgotten') }}
    group by survey_id
)

select
    waves.survey_id,
    cast(waves.wave_number as integer) as wave_number,
    coalesce(waves.survey_name_zh, waves.survey_id) as label_zh,
    coalesce(waves.survey_name_en, waves.survey_id) as label_en,
    waves.opened_on,
    waves.closed_on,
    waves.wave_date,
    waves.previous_survey_id,
    waves.is_declared,
    cast(waves.invited as bigint) as n_invited,
    waves.n_respondents,
    waves.n_responses,
    waves.n_valid_answers,
    waves.n_missing_answers,
    coalesce(forgotten.n_anonymised, 0) as n_anonymised,
    coalesce(forgotten.n_deleted, 0) as n_deleted
from waves
left join forgotten on waves.survey_id = forgotten.survey_id
