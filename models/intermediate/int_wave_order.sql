{{ config(materialized='view') }}

-- Waves in the order of time, for Python models.
select
    survey_id,
    wave_number,
    previous_survey_id
from {{ ref('int_waves') }}
