-- Flagged respondents, and sums of their indices (0–100), by channel in each segment of a wave. Respondents are pooled
-- by combination of segment values first, the combinations by segment after.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set counts = ['n_respondents', 'n_checked', 'n_straight_liners', 'n_timed', 'n_speeders', 'n_indexed'] %}
{%- set sums = ['index_sum', 'index_squares'] %}

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
        index_score_0_1 as points
    from {{ ref('py_customer_index') }}
),

combinations as (
    select
        respondents.survey_id,
        {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }},
        respondents.channel,
        count(*) as n_respondents,
        count(respondents.is_straight_liner) as n_checked,
        count(*) filter (where respondents.is_straight_liner) as n_straight_liners,
        count(respondents.is_speeder) as n_timed,
        count(*) filter (where respondents.is_speeder) as n_speeders,
        count(indices.points) as n_indexed,
        sum(cast(indices.points as decimal(38, 12))) as index_sum,
        sum(cast(indices.points * indices.points as decimal(38, 12))) as index_squares
    from respondents
    inner join segments
        on respondents.survey_id = segments.survey_id
        and respondents.customer_id = segments.customer_id
    left join indices
        on respondents.survey_id = indices.survey_id
        and respondents.customer_id = indices.customer_id
    group by
        respondents.survey_id, {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}, respondents.channel
)

select
    {%- for name in counts %}
    cast(sum({{ name }}) as bigint) as {{ name }},
    {%- endfor %}
    {%- for name in sums %}
    cast(coalesce(sum({{ name }}), 0) as double) as {{ name }},
    {%- endfor %}
    survey_id,
    segment_type,
    segment_value,
    channel
from {{ dbt_satisfaction.unpivot_columns(
    'combinations', ['survey_id', 'channel'] + counts + sums, types, 'segment_type', 'segment_value'
) }} as members
group by survey_id, segment_type, segment_value, channel
