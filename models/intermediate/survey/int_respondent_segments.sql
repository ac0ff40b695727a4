-- The segments of every respondent of a wave, as of the wave's date: a column per segment type.
{%- set keys = ['survey_id', 'customer_id'] %}
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with respondents as (
    select
        answered.survey_id,
        answered.customer_id,
        waves.wave_date as on_date
    from {{ ref('int_respondent_answers') }} as answered
    inner join {{ ref('int_waves') }} as waves on answered.survey_id = waves.survey_id
),

attributes as (
    {{ dbt_satisfaction.attributes_at('respondents', keys, types) }}
){{ ',' if dbt_satisfaction.segment_pairs() }}

{% if dbt_satisfaction.segment_pairs() -%}
segments as (
    {{ dbt_satisfaction.segment_columns('attributes', keys, types) }}
)

select * from {{ dbt_satisfaction.with_pairs('segments') }} as crossed
{%- else -%}
{{ dbt_satisfaction.segment_columns('attributes', keys, types) }}
{%- endif %}
