-- Where everybody in a wave stood before it in each behaviour that the wave is weighted by: the class, of equal parts of
-- its people in the order of that behaviour, at the end of the month before the wave. Nothing that the survey may have
-- caused can explain who answered.
{%- set classes = dbt_satisfaction.behaviour_classes() %}

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
    case
        when {{ name }} is null then 'unknown'
        else lpad(cast(cast(floor(
            {{ classes }}e0 * (rank() over (partition by survey_id, {{ name }} is null order by {{ name }}) - 1)
            / count({{ name }}) over (partition by survey_id)
        ) as integer) + 1 as {{ dbt.type_string() }}), 2, '0')
    end as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from stood
