-- The version of everything that the indices of a survey are computed from: its answers, the segments of its
-- respondents, the weights, and the wave before, with which its change is measured.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with segments as (
    select
        survey_id,
        {{ dbt_satisfaction.fingerprint(['customer_id'] + types) }} as fingerprint
    from {{ ref('int_respondent_segments') }}
    group by survey_id
),

weights as (
    select {{ dbt_satisfaction.fingerprint(['factor_id', 'weight']) }} as fingerprint
    from {{ ref('int_satisfaction_weights') }}
),

answers as (
    select
        waves.survey_id,
        waves.previous_survey_id,
        concat_ws(' ', linked.version, segments.fingerprint, weights.fingerprint) as version
    from {{ ref('int_waves') }} as waves
    inner join {{ ref('base_linked_versions') }} as linked on waves.survey_id = linked.survey_id
    left join segments on waves.survey_id = segments.survey_id
    cross join weights
)

select
    now.survey_id,
    concat_ws(' ', now.version, before.version, {{ dbt_satisfaction.text_literal(tojson([
        var('min_weight_coverage'), var('straight_lining_questions'), var('speeder_share_of_median')
    ])) }}) as version
from answers as now
left join answers as before on now.previous_survey_id = before.survey_id
