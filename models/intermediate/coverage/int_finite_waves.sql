{{ config(materialized='view') }}

-- How many customers the respondents of a wave stand for: as population_margins counts them, rows of the wave before
-- those of all; else those of the wave. Where all of these answered, nobody else is known, and their number is not.
with people as (
    select
        survey_id,
        count(case when is_customer then 1 end) as n_population,
        count(case when is_customer and has_answered then 1 end) as n_answered
    from {{ ref('int_wave_people') }}
    group by survey_id
),

dimensions as (
    select
        survey_id,
        sum(n_customers) as n_customers
    from {{ dbt_satisfaction.method_table('population_margins') }} as population_margins
    group by survey_id, dimension
),

margins as (
    select
        survey_id,
        max(n_customers) as n_customers
    from dimensions
    group by survey_id
)

select
    people.survey_id,
    cast(coalesce(
        own.n_customers,
        all_waves.n_customers,
        case when people.n_population > people.n_answered then people.n_population end
    ) as double) as n_customers
from people
left join margins as own on people.survey_id = own.survey_id
left join margins as all_waves on all_waves.survey_id = '*'
