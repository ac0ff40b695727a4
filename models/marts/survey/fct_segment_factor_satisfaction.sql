-- One row for every weighted factor of every segment of a wave; a factor without a valid answer is there, and flagged.
{%- set figures = ['n_effective', 'standard_error', 'score_low', 'score_high', 'previous_score', 'score_change',
    'change_standard_error', 'change_low', 'change_high', 'change_p_value'] %}
{%- set levels = range(1, dbt_satisfaction.longest_scale() + 1) %}
{%- set segment = ['survey_id', 'segment_type', 'segment_value'] %}

with counts as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        n_respondents,
        n_valid,
        n_missing,
        {%- for level in levels %}
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
        {{ segment | join(', ') }},
        weight_coverage,
        cast(previous_survey_id as {{ dbt.type_string() }}) as previous_survey_id
    from {{ ref('py_segment_index') }}
),

scores as (
    select
        {{ segment | join(', ') }},
        {%- for figure in figures %}
        {{ dbt_satisfaction.nan_to_null(figure) }} as {{ figure }},
        {%- endfor %}
        class_id as factor_id
    from {{ ref('py_factor_satisfaction') }}
),

unknown as (
    select
        {{ segment | join(', ') }},
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
        indices.*,
        factors.*
    from indices
    cross join factors
),

judged as (
    select
        {{ dbt_satisfaction.prefixed('cells.', segment + ['factor_id']) | join(', ') }},
        coalesce(counts.n_respondents, 0) as n_respondents,
        coalesce(counts.n_valid, 0) as n_valid,
        coalesce(counts.n_missing, 0) as n_missing,
        {%- for level in levels %}
        case when cells.n_levels >= {{ level }} then coalesce(counts.n_level_{{ level }}, 0) end as n_level_{{ level }},
        case when cells.n_levels >= {{ level }} then coalesce(counts.weighted_level_{{ level }}, 0) end
            as weighted_level_{{ level }},
        {%- endfor %}
        100 * counts.weighted_sum / (nullif(counts.valid_weight, 0) * cells.value_max) as factor_score,
        100 * (counts.weighted_sum / nullif(counts.valid_weight, 0) - cells.value_min)
        / (cells.value_max - cells.value_min) as factor_score_0_100,
        100 * counts.value_sum / (nullif(counts.n_valid, 0) * cells.value_max) as unweighted_factor_score,
        case when counts.valid_weight > 0 then cells.weight / nullif(cells.weight_coverage, 0) end as weight,
        100 * counts.weighted_sum / (nullif(counts.valid_weight, 0) * cells.value_max)
        * cells.weight / nullif(cells.weight_coverage, 0) as contribution,
        coalesce(counts.n_valid, 0) = 0 as is_absent,
        coalesce(unknown.n_not_understood, 0) as n_not_understood,
        cells.previous_survey_id,
        {{ dbt_satisfaction.prefixed('scores.', figures) | join(',\n        ') }},
        coalesce(counts.n_respondents, 0) >= {{ var('min_respondents') }}
        and coalesce(scores.n_effective, 0) >= {{ var('min_respondents') }} - 1e-6
        and {{ dbt_satisfaction.survives_unknown('unknown.n_not_understood', 'unknown.bias', 'unknown.half_width') }}
            as is_reliable
    from cells
    left join counts on {{ dbt_satisfaction.are_same('cells', 'counts', segment + ['factor_id']) }}
    left join unknown on {{ dbt_satisfaction.are_same('cells', 'unknown', segment + ['factor_id']) }}
    left join scores on {{ dbt_satisfaction.are_same('cells', 'scores', segment + ['factor_id']) }}
),

-- a change is tested where the factor is reliable in both waves
tested as (
    select
        judged.*,
        judged.is_reliable
        and coalesce(before.is_reliable, false)
        and judged.change_p_value is not null as is_tested
    from judged
    left join judged as before
        on judged.previous_survey_id = before.survey_id
        and {{ dbt_satisfaction.are_same('judged', 'before', segment[1:] + ['factor_id']) }}
)

select
    {{ segment | join(', ') }},
    factor_id,
    n_respondents,
    n_effective,
    n_valid,
    n_missing,
    {{ (dbt_satisfaction.prefixed('n_level_', levels) + dbt_satisfaction.prefixed('weighted_level_', levels))
        | join(',\n    ') }},
    factor_score,
    standard_error,
    -- greatest() and least() pass over null, and one respondent has no interval
    case when score_low < 0 then 0 else score_low end as score_low,
    case when score_high > 100 then 100 else score_high end as score_high,
    factor_score_0_100,
    unweighted_factor_score,
    previous_survey_id,
    previous_score,
    score_change,
    change_standard_error,
    change_low,
    change_high,
    change_p_value,
    change_q_value,
    {{ dbt_satisfaction.change_flag('change_q_value', 'score_change') }} as change_flag,
    weight,
    contribution,
    is_absent,
    n_not_understood,
    is_reliable
from {{ dbt_satisfaction.with_q_values('tested', 'change_p_value', segment, 'is_tested', 'change_q_value') }} as changed
