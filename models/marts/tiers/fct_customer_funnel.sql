{%- set stages = [
    [1, "'all'", "'全部客户'", "'All customers'", 'n_all', 'cast(null as bigint)', 'cast(0 as bigint)'],
    [2, "'valuable'", "'有价值客户'", "'Valuable'", 'n_valuable', 'n_all', 'n_contribution_unknown'],
    [3, "'high_value'", "'高价值客户'", "'High-value'", 'n_high_value', 'n_valuable', 'cast(0 as bigint)'],
    [4, "'high_value_satisfied'", "'高价值且对关键因素满意'", "'High-value and satisfied on the key factors'",
        'n_satisfied', 'n_high_value', 'n_satisfaction_unknown'],
] %}

-- How many customers of each segment and month come how far in the funnel, and of how many it is not known; and how
-- many have left, who are none of them. Of a stage that nobody is known to have reached or not, and of those after it,
-- there is no share.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set figures = ['has_left', 'contribution_band', 'is_valuable', 'is_high_value', 'is_satisfied_on_key_factors'] %}

with months as (
    select
        *,
        last_day(month_start) as on_date,
        customer_status = 'left' as has_left
    from {{ ref('int_customer_tiers') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', ['month_start'] + figures, types) }}
),

sums as (
    select
        month_start,
        segment_type,
        segment_value,
        n_left,
        n_all,
        n_contribution_unknown,
        n_valuable,
        n_high_value,
        n_satisfied,
        n_satisfaction_unknown
    from {{ dbt_satisfaction.summed_by_attributes(
        'attributes', ['month_start'],
        {},
        {
            'n_left': 'has_left', 'n_all': 'not has_left',
            'n_contribution_unknown': "not has_left and contribution_band = 'unknown'",
            'n_valuable': 'not has_left and is_valuable', 'n_high_value': 'not has_left and is_high_value',
            'n_satisfied': 'not has_left and is_high_value and is_satisfied_on_key_factors',
            'n_satisfaction_unknown': 'not has_left and is_high_value and is_satisfied_on_key_factors is null',
        }
    ) }} as segments
),

stages as (
    select
        month_start,
        segment_type,
        segment_value,
        stage,
        stage_number,
        label_zh,
        label_en,
        n,
        n_all,
        n_left,
        n_before,
        n_unknown,
        n_before - n_unknown as n_known
    from {{ dbt_satisfaction.unpivot_groups(
        'sums', ['month_start', 'segment_type', 'segment_value', 'n_all', 'n_left'], stages,
        ['stage_number', 'stage', 'label_zh', 'label_en', 'n', 'n_before', 'n_unknown']
    ) }} as unpivoted
),

reached as (
    select
        *,
        sum(case when n_unknown > 0 and n_known = 0 then 1 else 0 end) over (
            partition by month_start, segment_type, segment_value order by stage_number
        ) = 0 as is_known
    from stages
)

select
    month_start,
    segment_type,
    segment_value,
    stage,
    cast(stage_number as integer) as stage_number,
    label_zh,
    label_en,
    n,
    n_before,
    n_unknown,
    case when is_known then {{ dbt_satisfaction.share_of('n', 'n_all') }} end as share_of_all,
    {{ dbt_satisfaction.share_of('n', 'n_known') }} as share_of_stage_before,
    {{ dbt_satisfaction.wilson_low('n', 'n_known') }} as share_low,
    {{ dbt_satisfaction.wilson_high('n', 'n_known') }} as share_high,
    coalesce(n_known, n) >= {{ var('min_respondents') }} as is_reliable,
    n_left
from reached
