-- One row for every weighted factor of every segment of a wave; a factor without a valid answer is there, and flagged.
with counts as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        n_respondents,
        n_valid,
        n_missing,
        {%- for level in range(1, dbt_satisfaction.longest_scale() + 1) %}
        n_level_{{ level }},
        weighted_level_{{ level }},
        {%- endfor %}
        value_sum,
        valid_weight,
        weighted_sum
    from {{ ref('int_segment_counts') }}
),

indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        weight_coverage
    from {{ ref('py_segment_index') }}
),

unknown as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        n_not_understood,
        bias,
        half_width
    from {{ ref('int_unknown_bias') }}
),

factors as (
    select
        scales.factor_id,
        scales.n_levels,
        scales.value_min,
        scales.value_max,
        weights.weight
    from {{ ref('int_factor_scales') }} as scales
    inner join {{ ref('py_satisfaction_weights') }} as weights on scales.factor_id = weights.factor_id
),

cells as (
    select
        indices.survey_id,
        indices.segment_type,
        indices.segment_value,
        indices.weight_coverage,
        factors.factor_id,
        factors.n_levels,
        factors.value_min,
        factors.value_max,
        factors.weight
    from indices
    cross join factors
)

select
    cells.survey_id,
    cells.segment_type,
    cells.segment_value,
    cells.factor_id,
    coalesce(counts.n_respondents, 0) as n_respondents,
    coalesce(counts.n_valid, 0) as n_valid,
    coalesce(counts.n_missing, 0) as n_missing,
    {%- for level in range(1, dbt_satisfaction.longest_scale() + 1) %}
    case when cells.n_levels >= {{ level }} then coalesce(counts.n_level_{{ level }}, 0) end as n_level_{{ level }},
    {%- endfor %}
    {%- for level in range(1, dbt_satisfaction.longest_scale() + 1) %}
    case when cells.n_levels >= {{ level }} then coalesce(counts.weighted_level_{{ level }}, 0) end
        as weighted_level_{{ level }},
    {%- endfor %}
    100 * counts.weighted_sum / (nullif(counts.valid_weight, 0) * cells.value_max) as factor_score,
    100 * (counts.weighted_sum / nullif(counts.valid_weight, 0) - cells.value_min) / (cells.value_max - cells.value_min)
        as factor_score_0_100,
    100 * counts.value_sum / (nullif(counts.n_valid, 0) * cells.value_max) as unweighted_factor_score,
    case when counts.valid_weight > 0 then cells.weight / nullif(cells.weight_coverage, 0) end as weight,
    100 * counts.weighted_sum / (nullif(counts.valid_weight, 0) * cells.value_max)
    * cells.weight / nullif(cells.weight_coverage, 0) as contribution,
    coalesce(counts.n_valid, 0) = 0 as is_absent,
    coalesce(unknown.n_not_understood, 0) as n_not_understood,
    coalesce(counts.n_respondents, 0) >= {{ var('min_respondents') }}
    and {{ dbt_satisfaction.survives_unknown('unknown.n_not_understood', 'unknown.bias', 'unknown.half_width') }}
        as is_reliable
from cells
left join counts
    on cells.survey_id = counts.survey_id
    and cells.segment_type = counts.segment_type
    and cells.segment_value = counts.segment_value
    and cells.factor_id = counts.factor_id
left join unknown
    on cells.survey_id = unknown.survey_id
    and cells.segment_type = unknown.segment_type
    and cells.segment_value = unknown.segment_value
    and cells.factor_id = unknown.factor_id
