-- Stated intentions and what came of them, per wave, segment and band; all bands together are one more.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set figures = ['is_eligible', 'has_bought', 'is_kept', 'repeat_probability'] %}
{%- set eligible = 'case when is_eligible then ' %}

with intentions as (
    select
        segments.survey_id,
        intentions.repeat_band,
        {{ 'weights.weight' if dbt_satisfaction.is_weighted() else 'cast(1 as double)' }} as weight,
        {{ dbt_satisfaction.prefixed('intentions.', figures) | join(', ') }},
        {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
    from {{ ref('int_stated_intentions') }} as intentions
    inner join {{ ref('int_respondent_segments') }} as segments
        on intentions.survey_id = segments.survey_id and intentions.customer_id = segments.customer_id
    {%- if dbt_satisfaction.is_weighted() %}
    inner join {{ ref('int_weights') }} as weights
        on intentions.survey_id = weights.survey_id and intentions.customer_id = weights.customer_id
    {%- endif %}
),

banded as (
    select
        survey_id,
        repeat_band,
        weight,
        {{ (figures + types) | join(', ') }}
    from intentions
    where repeat_band is not null
    union all
    select
        survey_id,
        'all' as repeat_band,
        weight,
        {{ (figures + types) | join(', ') }}
    from intentions
),

rates as (
    select
        survey_id,
        segment_type,
        segment_value,
        repeat_band,
        n_stated,
        n_eligible,
        n_converted,
        n_bought,
        converted,
        bought,
        weights * {{ dbt_satisfaction.share_of('weights', 'weight_squares') }} as n_effective,
        {{ dbt_satisfaction.share_of('weights', 'weight_squares') }} as per_weight,
        {{ dbt_satisfaction.share_of('converted', 'weights') }} as conversion_rate,
        {{ dbt_satisfaction.share_of('bought', 'weights') }} as bought_rate,
        {{ dbt_satisfaction.share_of('stated', 'weights') }} as mean_stated
    from {{ dbt_satisfaction.summed_by_segment(
        'banded', ['survey_id', 'repeat_band'],
        {
            'weights': eligible ~ 'weight else 0 end', 'weight_squares': eligible ~ 'weight * weight else 0 end',
            'stated': eligible ~ 'repeat_probability * weight else 0 end',
            'converted': 'case when is_eligible and is_kept then weight else 0 end',
            'bought': 'case when is_eligible and has_bought then weight else 0 end',
        },
        {
            'n_stated': '1 = 1', 'n_eligible': 'is_eligible', 'n_bought': 'is_eligible and has_bought',
            'n_converted': 'is_eligible and is_kept',
        }
    ) }} as sums
)

select
    survey_id,
    segment_type,
    segment_value,
    repeat_band,
    n_stated,
    n_eligible,
    coalesce(n_effective, 0e0) as n_effective,
    n_converted,
    conversion_rate,
    {{ dbt_satisfaction.wilson_low('converted * per_weight', 'n_effective') }} as conversion_low,
    {{ dbt_satisfaction.wilson_high('converted * per_weight', 'n_effective') }} as conversion_high,
    n_bought,
    bought_rate,
    {{ dbt_satisfaction.wilson_low('bought * per_weight', 'n_effective') }} as bought_low,
    {{ dbt_satisfaction.wilson_high('bought * per_weight', 'n_effective') }} as bought_high,
    mean_stated,
    mean_stated - conversion_rate as overstatement,
    coalesce(n_effective, 0) >= {{ var('min_respondents') }} as is_reliable
from rates
