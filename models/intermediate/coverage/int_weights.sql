-- How much each respondent of a wave counts: its design weight times the factor of its weighting cell, 1 on average;
-- and what squares are taken of for an interval, the weight with what the margins took over (HC2).
{%- set types = dbt_satisfaction.weighting_types() %}
{%- set behaviours = var('weight_by_behaviour') %}

with cells as (
    select * from {{ ref('py_weights') }}
),

respondents as (
    select
        designs.survey_id,
        designs.customer_id,
        designs.is_anonymous,
        designs.stratum,
        designs.design_weight,
        designs.is_without_weight,
        cells.factor,
        cells.weighting_cell,
        cells.is_trimmed,
        -- one that stands nearly alone for its margin has nothing left to deviate from
        greatest(1 - designs.design_weight * cells.leverage, 0.1) as share_left
    from {{ ref('int_design_weights') }} as designs
    inner join {{ ref('int_respondent_segments') }} as segments
        on designs.survey_id = segments.survey_id and designs.customer_id = segments.customer_id
    {%- if behaviours %}
    left join {{ ref('int_behaviour_classes') }} as classes
        on designs.survey_id = classes.survey_id and designs.customer_id = classes.customer_id
    {%- endif %}
    inner join cells
        on designs.survey_id = cells.survey_id
        and designs.is_anonymous = cells.is_anonymous
        {%- for type in types %}
        and segments.{{ type }} = cells.{{ type }}
        {%- endfor %}
        {%- for name in behaviours %}
        and coalesce(classes.{{ name }}, 'unknown') = cells.{{ name }}
        {%- endfor %}
),

weighted as (
    select
        *,
        cast(cast(coalesce(design_weight * factor, 0) as decimal(18, 12)) as double) as weight
    from respondents
)

select
    survey_id,
    customer_id,
    is_anonymous,
    stratum,
    weighting_cell,
    design_weight,
    factor,
    weight,
    weight / sqrt(share_left) as error_weight,
    case
        when is_without_weight then 'no_weight'
        when is_trimmed then 'trimmed'
        when weighting_cell != '[]' then 'raked'
        when {{ (types + behaviours) | length }} = 0 then 'given'
        else 'no_margins'
    end as reason
from weighted
