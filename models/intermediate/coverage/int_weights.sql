-- How much each respondent of a wave counts: its design weight times the factor of its weighting cell, 1 on average;
-- and what squares are taken of for an interval, the weight with what the margins took over (HC2). Where the var
-- finite_population is true, also the share of the customers like it that answered, 1 over those it stands for, and the
-- share of the factors that respondents like it answered: who answered none is no respondent of the index any more.
-- noqa: disable=LT02
{%- set types = dbt_satisfaction.weighting_types() %}
{%- set behaviours = var('weight_by_behaviour') %}
{%- set is_finite = dbt_satisfaction.is_finite_population() %}
{%- set unit = 'survey_id, stratum, weighting_cell' %}

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
        {%- if is_finite %}
        designs.answered_share,
        {%- endif %}
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
{%- if is_finite %},

-- who stands for customers that can be counted
members as (
    select
        weighted.*,
        case
            when weight > 0 and not is_anonymous{% if types + behaviours %} and weighting_cell != '[]'{% endif %}
                then waves.n_customers
        end as n_customers
    from weighted
    left join {{ ref('int_finite_waves') }} as waves on weighted.survey_id = waves.survey_id
),

finite as (
    select
        *,
        {{ dbt_satisfaction.exact_over('case when n_customers > 0 then weight else 0 end', 'survey_id') }}
            / nullif(weight * n_customers, 0) as share,
        {{ dbt_satisfaction.exact_over('case when weight > 0 then answered_share else 0 end', unit) }}
            / nullif(count(case when weight > 0 then 1 end) over (partition by {{ unit }}), 0) as unit_share
    from members
)
{%- endif %}

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
    {%- if is_finite %}
    -- of a census 1, whatever the weights were rounded to
    cast(cast(least(coalesce(share, 0), 1) as decimal(18, 10)) as double) as sampled_share,
    coalesce(unit_share, 1) as answered_share,
    {%- endif %}
    case
        when is_without_weight then 'no_weight'
        when is_trimmed then 'trimmed'
        when weighting_cell != '[]' then 'raked'
        when {{ (types + behaviours) | length }} = 0 then 'given'
        else 'no_margins'
    end as reason
from {{ 'finite' if is_finite else 'weighted' }}
