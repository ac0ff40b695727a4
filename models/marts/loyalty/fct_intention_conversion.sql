with sums as (
    select
        survey_id,
        segment_type,
        segment_value,
        repeat_band,
        n_stated,
        n_eligible,
        n_bought,
        n_converted,
        {{ dbt_satisfaction.share_of('n_converted', 'n_eligible') }} as conversion_rate,
        {{ dbt_satisfaction.share_of('eligible_sum', 'n_eligible') }} as mean_stated
    from {{ ref('int_intention_sums') }}
)

select
    survey_id,
    segment_type,
    segment_value,
    repeat_band,
    n_stated,
    n_eligible,
    n_converted,
    conversion_rate,
    {{ dbt_satisfaction.wilson_low('n_converted', 'n_eligible') }} as conversion_low,
    {{ dbt_satisfaction.wilson_high('n_converted', 'n_eligible') }} as conversion_high,
    n_bought,
    {{ dbt_satisfaction.share_of('n_bought', 'n_eligible') }} as bought_rate,
    {{ dbt_satisfaction.wilson_low('n_bought', 'n_eligible') }} as bought_low,
    {{ dbt_satisfaction.wilson_high('n_bought', 'n_eligible') }} as bought_high,
    mean_stated,
    mean_stated - conversion_rate as overstatement,
    n_eligible >= {{ var('min_respondents') }} as is_reliable
from sums
