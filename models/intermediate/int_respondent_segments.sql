-- The segments of every respondent of a wave, as of the wave's date: a column per segment type.
with respondents as (
    select
        answered.survey_id,
        answered.customer_id,
        waves.wave_date as on_date
    from {{ ref('int_customer_waves') }} as answered
    inner join {{ ref('int_waves') }} as waves on answered.survey_id = waves.survey_id
)

{{ dbt_satisfaction.segment_columns('respondents', ['survey_id', 'customer_id']) }}
