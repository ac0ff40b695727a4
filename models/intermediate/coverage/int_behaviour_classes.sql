-- Where everybody in a wave stood before it in each behaviour that the wave is weighted by: the class, of equal parts
-- of its people in the order of that behaviour, at the end of the month before the wave. Nothing that the survey may
-- have caused can explain who answered.
-- noqa: disable=LT02
with people as (
    select * from {{ ref('int_wave_people') }}
),

waves as (
    select * from {{ ref('int_waves') }}
),

behaviour as (
    select * from {{ ref('int_customer_behaviour') }}
),

stood as (
    select
        people.survey_id,
        people.customer_id,
        {{ dbt_satisfaction.prefixed('behaviour.', var('weight_by_behaviour')) | join(',\n        ') }}
    from people
    inner join waves on people.survey_id = waves.survey_id
    left join behaviour
        on people.customer_id = behaviour.customer_id and waves.month_before = behaviour.month_start
)

select
    survey_id,
    customer_id,
    {%- for name in var('weight_by_behaviour') %}
    {{ dbt_satisfaction.class_among_people(name) }} as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from stood
