-- The index of every segment under other weights: those of each source, and those of each expert alone. As in the
-- published index, the weights of factors without an answer are spread over the others.
with levels as (
    select
        survey_id,
        segment_type,
        segment_value,
        factor_id,
        factor_score
    from {{ ref('fct_segment_factor_satisfaction') }}
    where not is_absent
),

published as (
    select
        survey_id,
        segment_type,
        segment_value,
        n_respondents,
        satisfaction_index,
        is_reliable
    from {{ ref('fct_segment_satisfaction') }}
),

scenarios as (
    select
        scenario_type,
        scenario_id,
        factor_id,
        weight
    from {{ ref('py_weight_scenarios') }}
),

indices as (
    select
        levels.survey_id,
        levels.segment_type,
        levels.segment_value,
        scenarios.scenario_type,
        scenarios.scenario_id,
        cast(sum(cast(scenarios.weight * levels.factor_score as decimal(38, 12))) as double)
        / nullif(cast(sum(cast(scenarios.weight as decimal(38, 12))) as double), 0) as scenario_index
    from levels
    inner join scenarios on levels.factor_id = scenarios.factor_id
    group by
        levels.survey_id, levels.segment_type, levels.segment_value, scenarios.scenario_type, scenarios.scenario_id
),

ranked as (
    select
        indices.survey_id,
        indices.segment_type,
        indices.segment_value,
        indices.scenario_type,
        indices.scenario_id,
        published.n_respondents,
        indices.scenario_index,
        published.satisfaction_index,
        published.is_reliable,
        rank() over (
            partition by
                indices.survey_id, indices.segment_type, indices.scenario_type, indices.scenario_id,
                published.is_reliable
            order by round(indices.scenario_index, 9) desc
        ) as scenario_rank,
        rank() over (
            partition by
                indices.survey_id, indices.segment_type, indices.scenario_type, indices.scenario_id,
                published.is_reliable
            order by round(published.satisfaction_index, 9) desc
        ) as published_rank
    from indices
    inner join published
        on indices.survey_id = published.survey_id
        and indices.segment_type = published.segment_type
        and indices.segment_value = published.segment_value
)

select
    survey_id,
    segment_type,
    segment_value,
    scenario_type,
    scenario_id,
    n_respondents,
    scenario_index,
    satisfaction_index,
    scenario_index - satisfaction_index as index_difference,
    case when is_reliable then cast(scenario_rank as integer) end as scenario_rank,
    case when is_reliable then cast(published_rank as integer) end as published_rank,
    case when is_reliable then cast(published_rank - scenario_rank as integer) end as places_gained,
    is_reliable
from ranked
