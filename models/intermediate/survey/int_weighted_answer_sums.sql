-- What the weighted scores of a question are made of in each segment of a wave: by stratum and weighting cell, for each
-- level that was given, 0 being blank, the sums of the weights of those who gave it, and of their powers.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set unit = ['stratum', 'weighting_cell'] %}

with responses as (
    {{ dbt_satisfaction.weighted_responses() | indent(4) }}
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
    'answers', ['survey_id', 'question_id', 'level'] + unit, dbt_satisfaction.weight_sums(), {'n_answers': 'weight > 0'}
) }} as members
