-- Relationships that enter the watched ones, are lost, or are still going when the data end, by age and segment.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with relationships as (
    select * from {{ ref('int_relationships') }}
),

events as (
    select
        first_age as age_months,
        'entered' as event,
        {{ types | join(', ') }}
    from relationships
    union all
    select
        last_age as age_months,
        case when is_lost then 'lost' else 'censored' end as event,
        {{ types | join(', ') }}
    from relationships
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'events', ['age_months'], {},
    {'n_entered': "event = 'entered'", 'n_lost': "event = 'lost'", 'n_censored': "event = 'censored'"}
) }} as counts
