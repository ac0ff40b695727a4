{%- set figures = ['index_score', 'index_score_rescaled', 'index_score_unweighted', 'mean_customer_index', 'n_effective', 'standard_error',
    'standard_error_0_100', 'index_low', 'index_high', 'previous_index', 'index_change', 'change_standard_error', 'change_low',
    'change_high'] %}

with indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        n_factors,
        weight_coverage,
        {%- for figure in figures %}
        {{ dbt_satisfaction.nan_to_null(figure) }} as {{ figure }},
        {%- endfor %}
        cast(previous_survey_id as {{ dbt.type_string() }}) as previous_survey_id,
        n_respondents,
        n_indexed_customers
    from {{ ref('py_segment_index') }}
),

waves as (
    select
        survey_id,
        wave_number
    from {{ ref('int_waves') }}
),

weights as (
    select
        factor_id,
        weight
    from {{ ref('py_satisfaction_weights') }}
    where factor_id is not null
),

factors as (
    select count(*) as n_factors
    from weights
),

unknown as (
    select
        bias.survey_id,
        bias.segment_type,
        bias.segment_value,
        cast(sum(bias.n_not_understood) as bigint) as n_not_understood,
        sum(weights.weight * bias.bias) as weighted_bias
    from {{ ref('int_unknown_bias') }} as bias
    inner join weights on bias.factor_id = weights.factor_id
    group by bias.survey_id, bias.segment_type, bias.segment_value
),

judged as (
    select
        indices.*,
        coalesce(unknown.n_not_understood, 0) as n_not_understood,
        indices.n_respondents >= {{ var('min_respondents') }}
        and indices.n_effective >= {{ var('min_respondents') }} - 1e-6
        and {{ dbt_satisfaction.survives_unknown(
            'unknown.n_not_understood',
            'unknown.weighted_bias / nullif(indices.weight_coverage, 0)',
            '(indices.index_high - indices.index_low) / 2.0'
        ) }} as is_reliable
    from indices
    left join unknown
        on indices.survey_id = unknown.survey_id
        and indices.segment_type = unknown.segment_type
        and indices.segment_value = unknown.segment_value
)

select
    judged.survey_id,
    cast(waves.wave_number as integer) as wave_number,
    judged.segment_type,
    judged.segment_value,
    judged.n_respondents,
    judged.n_effective,
    judged.index_score as satisfaction_index,
    judged.index_score_unweighted as unweighted_index,
    judged.standard_error,
    -- greatest() and least() pass over null, and one respondent has no interval
    case when judged.index_low < 0 then 0 else judged.index_low end as index_low,
    case when judged.index_high > 100 then 100 else judged.index_high end as index_high,
    judged.index_score_rescaled as satisfaction_index_0_100,
    judged.standard_error_0_100,
    judged.previous_survey_id,
    judged.previous_index,
    judged.index_change,
    judged.change_standard_error,
    judged.change_low,
    judged.change_high,
    case
        when not (judged.is_reliable and before.is_reliable) then null
        when judged.change_low > 0 then 'up'
        when judged.change_high < 0 then 'down'
        when judged.change_low is not null then 'unclear'
    end as change_flag,
    judged.mean_customer_index,
    judged.n_indexed_customers,
    judged.weight_coverage,
    cast(factors.n_factors - judged.n_factors as integer) as n_factors_absent,
    judged.n_not_understood,
    judged.is_reliable
from judged
left join judged as before
    on judged.previous_survey_id = before.survey_id
    and judged.segment_type = before.segment_type
    and judged.segment_value = before.segment_value
inner join waves on judged.survey_id = waves.survey_id
cross join factors
