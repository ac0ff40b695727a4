-- Stated intentions and what came of them, per wave, segment and band; all bands together are one more.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set figures = ['is_eligible', 'has_bought', 'is_kept', 'repeat_probability'] %}

with intentions as (
    select
        segments.survey_id,
        intentions.repeat_band,
        {{ dbt_satisfaction.prefixed('intentions.', figures) | join(', ') }},
        {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
    from {{ ref('int_stated_intentions') }} as intentions
    inner join {{ ref('int_respondent_segments') }} as segments
        on intentions.survey_id = segments.survey_id and intentions.customer_id = segments.customer_id
),

banded as (
    select
        survey_id,
        repeat_band,
        {{ (figures + types) | join(', ') }}
    from intentions
    where repeat_band is not null
    union all
    select
        survey_id,
        'all' as repeat_band,
        {{ (figures + types) | join(', ') }}
    from intentions
),

sums as (
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
    from {{ dbt_satisfaction.summed_by_segment(
        'banded', ['survey_id', 'repeat_band'],
        {'eligible_sum': 'case when is_eligible then repeat_probability else 0 end'},
        {
            'n_stated': '1 = 1', 'n_eligible': 'is_eligible', 'n_bought': 'is_eligible and has_bought',
            'n_converted': 'is_eligible and is_kept',
        }
    ) }} as counted
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
