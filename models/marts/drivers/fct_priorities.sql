-- Where every factor lies on the map of importance and performance, and what the index would gain if the factor reached
-- the level of the best segment: of the same segment type, for the total of any type.
with places as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        n_respondents,
        share as importance,
        performance,
        avg(share) over (partition by survey_id, segment_type, segment_value) as importance_cut,
        performance_cut,
        quadrant,
        {{ dbt_satisfaction.nan_to_null('quadrant_stability') }} as quadrant_stability,
        degrees_of_freedom
    from {{ ref('py_drivers') }}
    where method = 'relative_weight' and quadrant is not null
),

levels as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        factor_score,
        weight,
        is_reliable
    from {{ ref('fct_segment_factor_satisfaction') }}
    where not {{ dbt_satisfaction.is_pair('segment_type') }}
),

candidates as (
    select
        survey_id,
        segment_type as among,
        factor_id,
        segment_type,
        segment_value,
        factor_score
    from levels
    where is_reliable and segment_type != 'total' and segment_value != 'unknown'
    union all
    select
        survey_id,
        'total' as among,
        factor_id,
        segment_type,
        segment_value,
        factor_score
    from levels
    where is_reliable and segment_value != 'unknown'
),

best as (
    select
        survey_id,
        among,
        factor_id,
        segment_type,
        segment_value,
        factor_score
    from candidates
    qualify
        row_number() over (
            partition by survey_id, among, factor_id
            order by factor_score desc, segment_type asc, segment_value asc
        ) = 1
)

select
    places.survey_id,
    places.segment_type,
    places.segment_value,
    places.factor_id,
    places.n_respondents,
    places.importance,
    places.performance as performance_0_100,
    places.importance_cut,
    places.performance_cut as performance_cut_0_100,
    places.quadrant,
    places.quadrant_stability,
    levels.weight,
    levels.factor_score,
    best.segment_type as best_segment_type,
    best.segment_value as best_segment_value,
    best.factor_score as best_factor_score,
    levels.weight * case
        when best.factor_score >= levels.factor_score then best.factor_score - levels.factor_score
        -- a segment too small to be the best may lie above it
        when best.factor_score < levels.factor_score then 0
    end as index_gain,
    places.degrees_of_freedom >= {{ var('min_respondents') }} as is_reliable
from places
left join levels
    on places.survey_id = levels.survey_id
    and places.segment_type = levels.segment_type
    and places.segment_value = levels.segment_value
    and places.factor_id = levels.factor_id
left join best
    on places.survey_id = best.survey_id
    and places.segment_type = best.among
    and places.factor_id = best.factor_id
