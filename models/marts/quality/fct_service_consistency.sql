with compared as (
    select
        survey_id,
        unit_type,
        item_id,
        n_units,
        n_respondents,
        mean_score,
        {{ dbt_satisfaction.nan_to_null('icc') }} as icc,
        {{ dbt_satisfaction.nan_to_null('icc_low') }} as icc_low,
        {{ dbt_satisfaction.nan_to_null('icc_high') }} as icc_high,
        {{ dbt_satisfaction.nan_to_null('f_value') }} as f_value,
        {{ dbt_satisfaction.nan_to_null('p_value') }} as p_value,
        between_sd,
        within_sd,
        lowest_unit,
        lowest_mean,
        n_lowest,
        highest_unit,
        highest_mean,
        n_highest,
        n_respondents >= {{ var('min_respondents') }} as is_reliable,
        n_respondents >= {{ var('min_respondents') }}
        and {{ dbt_satisfaction.nan_to_null('p_value') }} is not null as is_tested
    from {{ ref('py_service_consistency') }}
)

select
    survey_id,
    unit_type,
    item_id,
    n_units,
    n_respondents,
    mean_score as mean_score_0_100,
    icc,
    icc_low,
    icc_high,
    f_value,
    p_value,
    q_value,
    between_sd,
    within_sd,
    lowest_unit,
    lowest_mean as lowest_mean_0_100,
    n_lowest,
    highest_unit,
    highest_mean as highest_mean_0_100,
    n_highest,
    is_reliable
from {{ dbt_satisfaction.with_q_values(
    'compared', 'p_value', ['survey_id', 'unit_type'], 'is_tested', 'q_value'
) }} as with_q
