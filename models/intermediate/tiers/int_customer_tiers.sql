-- Bands, tier and RFM scores of every customer and complete month. The rows of the method tables become branches of a
-- case: a customer's month is compared with thresholds and not joined with rules.
{%- set dimensions = dbt_satisfaction.tier_dimensions() %}
{%- set scores = ['recency_score', 'frequency_score', 'monetary_score'] %}
{%- set kept = ['month_start', 'customer_id', 'customer_status', 'on_date', 'loyalty_class',
    'satisfaction_loyalty_relation'] + scores %}
{%- for dimension in dimensions %}
{%- do kept.extend([dimension ~ '_row', dimension ~ '_value', dimension ~ '_as_of', dimension ~ '_band']) %}
{%- endfor %}

with metrics as (
    select * from {{ ref('int_customer_metrics') }}
),

limits as (
    select * from {{ ref('int_rank_limits') }}
),

decided as (
    select
        metrics.*,
        {%- for dimension in dimensions %}
        {{ dbt_satisfaction.deciding_band(dimension) }} as {{ dimension }}_row,
        {%- endfor %}
        {%- for score in scores %}
        {{ dbt_satisfaction.rfm_score(score.split('_')[0]) }} as {{ score }},
        {%- endfor %}
        last_day(metrics.month_start) as on_date
    from metrics
    inner join limits on metrics.month_start = limits.month_start
),

banded as (
    select
        {%- for dimension in dimensions %}
        {{ dbt_satisfaction.band_column(dimension, 'band', "'unknown'") }} as {{ dimension }}_band,
        cast({{ dbt_satisfaction.band_column(dimension, 'value') }} as double) as {{ dimension }}_value,
        cast({{ dbt_satisfaction.band_column(dimension, 'as_of') }} as date) as {{ dimension }}_as_of,
        {%- endfor %}
        *
    from decided
),

attributes as (
    {{ dbt_satisfaction.attributes_at('banded', kept, dbt_satisfaction.tier_attributes()) }}
)

select
    attributes.month_start,
    attributes.customer_id,
    attributes.customer_status,
    {%- for dimension in dimensions %}
    attributes.{{ dimension }}_row,
    attributes.{{ dimension }}_value,
    attributes.{{ dimension }}_as_of,
    attributes.{{ dimension }}_band,
    {%- endfor %}
    {{ dbt_satisfaction.deciding_tier_rule() }} as rule_order,
    {{ dbt_satisfaction.prefixed('attributes.', scores) | join(', ') }},
    attributes.contribution_band in ('high', 'medium') as is_valuable,
    attributes.contribution_band = 'high' as is_high_value,
    satisfaction.is_satisfied as is_satisfied_on_key_factors,
    attributes.region,
    attributes.education
from attributes
left join {{ ref('int_key_satisfaction') }} as satisfaction
    on attributes.customer_id = satisfaction.customer_id
    and attributes.month_start >= satisfaction.from_month
    and (attributes.month_start < satisfaction.to_month or satisfaction.to_month is null)
