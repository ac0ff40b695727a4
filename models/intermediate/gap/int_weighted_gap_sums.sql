-- What weighted gaps are made of, per segment of a wave and item: by stratum and weighting cell, and by how the
-- respondent's own ratio of experience and expectation confirms the latter (1 less, 2 as much, 3 more, 0 where there is
-- no ratio), sums of the weights and of what they multiply.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set unit = ['stratum', 'weighting_cell'] %}
{%- set nothing = 'cast(null as double)' %}
{%- set square = 'error_weight * error_weight' %}
{%- set sums = dbt_satisfaction.weight_sums() %}
{%- for name in ['performance', 'expectation', 'cost', 'gap', 'experience', 'expected'] %}
{%- do sums.update({'weighted_' ~ name: 'weight * ' ~ name}) %}
{%- endfor %}
{%- for name in ['gap', 'experience', 'expected'] %}
{%- do sums.update({'design_' ~ name: 'design_weight * ' ~ name, 'error_' ~ name: 'error_weight * ' ~ name,
    'square_' ~ name: square ~ ' * ' ~ name, 'square_' ~ name ~ '_' ~ name: square ~ ' * ' ~ name ~ ' * ' ~ name}) %}
{%- endfor %}
{%- do sums.update({'square_experience_expected': square ~ ' * experience * expected'}) %}

with items as (
    select
        survey_id,
        customer_id,
        {{ types | join(', ') }},
        item_type,
        item_id,
        performance,
        expectation,
        {{ nothing }} as cost,
        gap,
        experience,
        expected,
        case
            when ratio is null then 0
            when ratio < {{ dbt_satisfaction.confirmation_limit(-1) }} then 1
            when ratio > {{ dbt_satisfaction.confirmation_limit(1) }} then 3
            else 2
        end as level
    from {{ ref('int_respondent_gaps') }}
    union all
    select
        survey_id,
        customer_id,
        {{ types | join(', ') }},
        item_type,
        item_id,
        performance,
        {{ nothing }} as expectation,
        cost,
        gap,
        {{ nothing }} as experience,
        {{ nothing }} as expected,
        0 as level
    from {{ ref('int_respondent_values') }}
),

weighted as (
    select
        items.*,
        weights.stratum,
        weights.weighting_cell,
        weights.design_weight,
        weights.weight,
        weights.error_weight
    from items
    inner join {{ ref('int_weights') }} as weights
        on items.survey_id = weights.survey_id and items.customer_id = weights.customer_id
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'weighted', ['survey_id', 'item_type', 'item_id', 'level'] + unit, sums, {'n_respondents': 'weight > 0'}
) }} as members
