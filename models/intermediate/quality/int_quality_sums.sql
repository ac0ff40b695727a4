-- Flagged respondents, and sums of their indices (0–100), by channel in each segment of a wave.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with respondents as (
    select * from {{ ref('int_respondent_quality') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
),

indices as (
    select
        survey_id,
        customer_id,
        index_score_rescaled as points
    from {{ ref('py_customer_index') }}
),

flagged as (
    select
        respondents.survey_id,
        {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }},
        respondents.channel,
        respondents.is_straight_liner,
        respondents.is_speeder,
        indices.points
    from respondents
    inner join segments
        on respondents.survey_id = segments.survey_id
        and respondents.customer_id = segments.customer_id
    left join indices
        on respondents.survey_id = indices.survey_id
        and respondents.customer_id = indices.customer_id
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'flagged', ['survey_id', 'channel'],
    {'index_sum': 'coalesce(points, 0)', 'index_squares': 'coalesce(points * points, 0)'},
    {
        'n_respondents': '1 = 1', 'n_indexed': 'points is not null',
        'n_checked': 'is_straight_liner is not null', 'n_straight_liners': 'is_straight_liner',
        'n_timed': 'is_speeder is not null', 'n_speeders': 'is_speeder',
    }
) }} as sums
