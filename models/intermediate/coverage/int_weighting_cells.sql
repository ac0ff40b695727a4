-- What respondents of a wave are weighted by, a column each: how many customers and how many respondents there are of
-- every combination, and the sum of the respondents' design weights.
-- noqa: disable=LT02
{%- set types = dbt_satisfaction.weighting_types() %}
{%- set behaviours = var('weight_by_behaviour') %}
{%- set keys = ['survey_id', 'is_anonymous'] + types + behaviours %}

with respondents as (
    select
        designs.survey_id,
        designs.is_anonymous,
        {%- for type in types %}
        segments.{{ type }},
        {%- endfor %}
        {%- for name in behaviours %}
        coalesce(classes.{{ name }}, 'unknown') as {{ name }},
        {%- endfor %}
        designs.design_weight
    from {{ ref('int_design_weights') }} as designs
    inner join {{ ref('int_respondent_segments') }} as segments
        on designs.survey_id = segments.survey_id and designs.customer_id = segments.customer_id
    {%- if behaviours %}
    left join {{ ref('int_behaviour_classes') }} as classes
        on designs.survey_id = classes.survey_id and designs.customer_id = classes.customer_id
    {%- endif %}
),

answered as (
    select
        {{ keys | join(',\n        ') }},
        cast(0 as bigint) as n_population,
        count(case when design_weight > 0 then 1 end) as n_respondents,
        cast(sum(cast(design_weight as decimal(38, 12))) as double) as design
    from respondents
    group by {{ keys | join(', ') }}
)
{%- if types + behaviours %},

people as (
    select
        people.*,
        {%- for name in behaviours %}
        classes.{{ name }},
        {%- endfor %}
        people.wave_date as on_date
    from {{ ref('int_wave_people') }} as people
    {%- if behaviours %}
    inner join {{ ref('int_behaviour_classes') }} as classes
        on people.survey_id = classes.survey_id and people.customer_id = classes.customer_id
    {%- endif %}
    where people.is_customer
),

attributes as (
    {{ dbt_satisfaction.attributes_at('people', ['survey_id'] + behaviours, types or ['total']) }}
),

banded as (
    {{ dbt_satisfaction.segment_columns('attributes', ['survey_id'] + behaviours, types or ['total']) }}
),

customers as (
    select
        survey_id,
        false as is_anonymous,
        {{ (types + behaviours) | join(',\n        ') }},
        count(*) as n_population,
        cast(0 as bigint) as n_respondents,
        cast(0 as double) as design
    from banded
    group by survey_id, {{ (types + behaviours) | join(', ') }}
),

cells as (
    select * from answered
    union all
    select * from customers
)
{%- else %},

cells as (
    select * from answered
)
{%- endif %}

select
    {{ keys | join(',\n    ') }},
    cast(sum(n_population) as bigint) as n_population,
    cast(sum(n_respondents) as bigint) as n_respondents,
    sum(design) as design
from cells
group by {{ keys | join(', ') }}
