{% macro loyalty_outcomes() %}
    {{- return({'loyal_class': 'is_loyal', 'repurchase_high': 'is_likely_to_repurchase', 'kept': 'is_kept',
        'revenue_held': 'is_revenue_held'}) -}}
{% endmacro %}

{% macro holding_a_service(answers, month) -%}
    select distinct
        answers.survey_id,
        answers.customer_id
    from {{ answers }} as answers
    inner join {{ ref('int_subscription_months') }} as services
        on answers.customer_id = services.customer_id
        and {{ month }} >= services.from_month
        and {{ month }} < services.to_month
{%- endmacro %}

{% macro one_or_zero(condition) -%}
    case when {{ condition }} then 1e0 when not {{ condition }} then 0e0 end
{%- endmacro %}

{% macro classified(indicators) -%}
{% for indicator in ['repeat_probability', 'recommendation'] %}
{{ indicator }}_bands as (
    {{ dbt_satisfaction.banded_values(indicators, indicator) }}
),
{% endfor %}

banded as (
    select
        indicators.*,
        repeat_probability_bands.band as repeat_band,
        recommendation_bands.band as recommend_band
    from {{ indicators }} as indicators
    left join repeat_probability_bands on indicators.repeat_probability = repeat_probability_bands.repeat_probability
    left join recommendation_bands on indicators.recommendation = recommendation_bands.recommendation
),

-- the rules are asked once per combination, not once per customer
combinations as (
    select distinct
        overall_level,
        is_satisfied,
        repeat_band,
        recommend_band
    from banded
),

classed as (
    select
        combinations.*,
        min_by(classes.class_id, classes.rule_order) as class_id,
        min_by(classes.is_loyal, classes.rule_order) as is_loyal
    from combinations
    inner join {{ dbt_satisfaction.method_table('loyalty_classes') }} as classes
        on (classes.is_satisfied is null or combinations.is_satisfied = classes.is_satisfied)
        and (classes.min_overall_level is null or combinations.overall_level >= classes.min_overall_level)
        and (classes.max_overall_level is null or combinations.overall_level <= classes.max_overall_level)
        and (classes.repeat_band is null or combinations.repeat_band = classes.repeat_band)
        and (classes.recommend_band is null or combinations.recommend_band = classes.recommend_band)
    group by
        combinations.overall_level, combinations.is_satisfied, combinations.repeat_band, combinations.recommend_band
),

related as (
    select
        classed.*,
        min_by(relations.relation_id, relations.rule_order) as relation_id
    from classed
    left join {{ dbt_satisfaction.method_table('loyalty_relations') }} as relations
        on (relations.is_satisfied is null or classed.is_satisfied = relations.is_satisfied)
        and (relations.min_overall_level is null or classed.overall_level >= relations.min_overall_level)
        and (relations.max_overall_level is null or classed.overall_level <= relations.max_overall_level)
        and (relations.repeat_band is null or classed.repeat_band = relations.repeat_band)
        and (relations.is_loyal is null or classed.is_loyal = relations.is_loyal)
    group by
        classed.overall_level, classed.is_satisfied, classed.repeat_band, classed.recommend_band, classed.class_id,
        classed.is_loyal
),

classified as (
    select
        banded.*,
        related.class_id,
        related.is_loyal,
        related.relation_id
    from banded
    left join related
        on banded.overall_level is not distinct from related.overall_level
        and banded.is_satisfied is not distinct from related.is_satisfied
        and banded.repeat_band is not distinct from related.repeat_band
        and banded.recommend_band is not distinct from related.recommend_band
)
{%- endmacro %}
