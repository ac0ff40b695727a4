with bias as (
    select
        survey_id,
        segment_type,
        n_population,
        n_answered,
        n_segments,
        {{ dbt_satisfaction.nan_to_null('chi_square') }} as chi_square,
        degrees_of_freedom,
        {{ dbt_satisfaction.nan_to_null('p_value') }} as p_value,
        {{ dbt_satisfaction.nan_to_null('q_value') }} as q_value,
        {{ dbt_satisfaction.nan_to_null('cramers_v') }} as cramers_v,
        {{ dbt_satisfaction.nan_to_null('r_indicator') }} as r_indicator,
        {{ dbt_satisfaction.nan_to_null('index_score') }} as standardised_index,
        {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
        {{ dbt_satisfaction.nan_to_null('index_low') }} as standardised_low,
        {{ dbt_satisfaction.nan_to_null('index_high') }} as standardised_high,
        {{ dbt_satisfaction.nan_to_null('n_effective') }} as n_effective,
        {{ dbt_satisfaction.nan_to_null('uncovered_share') }} as uncovered_share
    from {{ ref('py_nonresponse') }}
),

indices as (
    select
        survey_id,
        index_score_unweighted
    from {{ ref('py_segment_index') }}
    where segment_type = 'total'
)

select
    bias.survey_id,
    bias.segment_type,
    cast(bias.n_population as bigint) as n_population,
    cast(bias.n_answered as bigint) as n_answered,
    cast(bias.n_segments as integer) as n_segments,
    bias.chi_square,
    cast(bias.degrees_of_freedom as integer) as degrees_of_freedom,
    bias.p_value,
    bias.q_value,
    bias.cramers_v,
    bias.r_indicator,
    indices.index_score_unweighted as satisfaction_index,
    bias.standardised_index,
    bias.standard_error,
    -- greatest() and least() pass over null
    case when bias.standardised_low < 0 then 0 else bias.standardised_low end as standardised_low,
    case when bias.standardised_high > 100 then 100 else bias.standardised_high end as standardised_high,
    bias.n_effective,
    bias.standardised_index - indices.index_score_unweighted as index_difference,
    bias.uncovered_share,
    coalesce(
        indices.index_score_unweighted < bias.standardised_low
        or indices.index_score_unweighted > bias.standardised_high,
        false
    ) as is_bias_warning
from bias
left join indices on bias.survey_id = indices.survey_id
