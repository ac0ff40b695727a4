{{ config(materialized='view') }}
{%- set dimensions = {'contribution': '贡献度', 'loyalty': '忠诚度', 'risk': '风险'} %}

with tiers as (
    select
        month_start,
        customer_id,
        customer_status,
        rule_order,
        {%- for dimension in dimensions %}
        {{ dimension }}_row,
        {{ dimension }}_value,
        {{ dimension }}_as_of,
        {{ dimension }}_band,
        {%- set shown = dbt_satisfaction.exact_amount(dimension ~ '_value', 1) %}
        cast({{ shown }} as {{ dbt.type_string() }}) as {{ dimension }}_text,
        {%- endfor %}
        recency_score,
        frequency_score,
        monetary_score,
        is_valuable,
        is_high_value,
        is_satisfied_on_key_factors,
        region,
        education
    from {{ ref('int_customer_tiers') }}
),

bands as (
    select
        dimension,
        rule_order,
        metric,
        case band when 'high' then '高' when 'medium' then '中' when 'low' then '低' end
        || '：' || coalesce(label_zh, metric) as said_zh,
        band || ': ' || coalesce(label_en, metric) as said_en
    from {{ dbt_satisfaction.method_table('tier_bands') }}
),

rules as (
    select
        rule_order,
        tier_id,
        label_zh,
        label_en,
        reason_zh,
        reason_en
    from {{ dbt_satisfaction.method_table('tier_rules') }}
)

select
    tiers.month_start,
    tiers.customer_id,
    rules.tier_id,
    coalesce(rules.label_zh, rules.tier_id) as label_zh,
    coalesce(rules.label_en, rules.tier_id) as label_en,
    rules.reason_zh || '。'
    {%- for dimension, name in dimensions.items() %}
    || '{{ name }}' || coalesce({{ dimension }}_bands.said_zh || '（' || tiers.{{ dimension }}_text || '）', '未知')
    || '{{ "。" if loop.last else "；" }}'
    {%- endfor %} as reason_zh,
    rules.reason_en || '.'
    {%- for dimension in dimensions %}
    || ' {{ dimension | capitalize if loop.first else dimension }} '
    || coalesce({{ dimension }}_bands.said_en || ' (' || tiers.{{ dimension }}_text || ')', 'unknown')
    || '{{ "." if loop.last else ";" }}'
    {%- endfor %} as reason_en,
    tiers.rule_order,
    {%- for dimension in dimensions %}
    tiers.{{ dimension }}_band,
    {{ dimension }}_bands.metric as {{ dimension }}_metric,
    tiers.{{ dimension }}_value,
    {%- endfor %}
    tiers.recency_score,
    tiers.frequency_score,
    tiers.monetary_score,
    {{ dbt_satisfaction.rfm_cell('tiers') }} as rfm_cell,
    tiers.is_valuable,
    tiers.is_high_value,
    tiers.is_satisfied_on_key_factors,
    tiers.region,
    tiers.education,
    {%- for dimension in dimensions %}
    tiers.{{ dimension }}_as_of,
    {%- endfor %}
    tiers.customer_status
from tiers
left join rules on tiers.rule_order = rules.rule_order
{%- for dimension in dimensions %}
left join bands as {{ dimension }}_bands
    on {{ dimension }}_bands.dimension = '{{ dimension }}'
    and tiers.{{ dimension }}_row = {{ dimension }}_bands.rule_order
{%- endfor %}
