-- What the weighted scores of a question are made of in each segment of a wave: by stratum and weighting cell, for each
-- level that was given, 0 being blank, the sums of the weights of those who gave it, and of their powers.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set unit = ['stratum', 'weighting_cell'] %}
{%- set sums = {
    'weights': 'weight', 'weight_squares': 'weight * weight', 'weight_fourths': 'power(weight, 4)', 'designs': 'design_weight',
    'errors': 'error_weight', 'error_squares': 'error_weight * error_weight'
} %}

with responses as (
    select
        responses.*,
        weights.stratum,
        weights.weighting_cell,
        weights.design_weight,
        weights.weight,
        weights.error_weight
    from {{ ref('int_segmented_responses') }} as responses
    inner join {{ ref('int_weights') }} as weights
        on responses.survey_id = weights.survey_id and responses.customer_id = weights.customer_id
),

answers as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'design_weight', 'weight', 'error_weight'] + unit + types,
        dbt_satisfaction.question_levels(), ['question_id', 'level']
    ) }} as cells
    where level is not null
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'answers', ['survey_id', 'question_id', 'level'] + unit, sums, {'n_answers': 'weight > 0'}
) }} as members
