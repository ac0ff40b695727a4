-- How many customers each segment of a wave has, how many were invited, and how many answered. Respondents who are no
-- customers of the wave are counted apart.
-- noqa: disable=LT02
{%- set few = 5 %}
{%- set keys = ['survey_id', 'is_customer', 'is_invited', 'has_answered'] %}
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set counts = {
    'n_population': 'is_customer', 'n_answered': 'is_customer and has_answered', 'n_respondents': 'has_answered',
    'n_invited': 'is_invited', 'n_invited_answered': 'is_invited and has_answered',
} %}
{%- set names = counts.keys() | list %}

with people as (
    select
        *,
        wave_date as on_date
    from {{ ref('int_wave_people') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('people', keys, types) }}
),

combinations as (
    {{ dbt_satisfaction.summed_by_combination('attributes', ['survey_id'], types, {}, counts) }}
),

banded as (
    {{ dbt_satisfaction.segment_columns('combinations', ['survey_id'] + names, types) }}
),

cells as (
    select
        survey_id,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        {{ types | join(', ') }}
    from banded
    group by survey_id, {{ types | join(', ') }}
),

segments as (
    select * from {{ dbt_satisfaction.summed_combinations('cells', ['survey_id'], types, [], names) }} as members
),

-- total stands for all segment types crossed; its combinations of few customers are one
rated as (
    select
        survey_id,
        segment_type,
        n_population,
        n_answered
    from segments
    where segment_type != 'total' and n_population > 0
    union all
    select
        survey_id,
        'total' as segment_type,
        n_population,
        n_answered
    from cells
    where n_population >= {{ few }}
    union all
    select
        survey_id,
        'total' as segment_type,
        sum(n_population) as n_population,
        sum(n_answered) as n_answered
    from cells
    where n_population < {{ few }}
    group by survey_id
    having sum(n_population) > 0
),

spreads as (
    select
        survey_id,
        segment_type,
        count(*) as n_rated,
        cast(sum(cast(power(cast(n_answered as double), 2) / n_population as decimal(38, 12))) as double) as squares,
        {%- for name, power in {'chance': 1, 'chance_of_mean': 2}.items() %}
        cast(sum(cast(
            case
                when n_population > 1
                    then power(cast(n_population as double), {{ power - 2 }})
                        * n_answered * (n_population - n_answered) / (n_population - 1)
                else 0
            end as decimal(38, 12)
        )) as double) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from rated
    group by survey_id, segment_type
)

select
    segments.*,
    spreads.n_rated,
    spreads.squares,
    spreads.chance,
    spreads.chance_of_mean
from segments
left join spreads on segments.survey_id = spreads.survey_id and segments.segment_type = spreads.segment_type
