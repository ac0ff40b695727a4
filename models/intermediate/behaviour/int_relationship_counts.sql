-- Relationships that enter the watched ones, are lost, or are still going when the data end, by age and segment; and
-- how many of the lost ones came back, or had bought in one month only: how long those lasted is the definition's
-- length.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}

with relationships as (
    select * from {{ ref('int_relationships') }}
),

events as (
    select
        first_age as age_months,
        'entered' as event,
        false as is_once,
        {{ types | join(', ') }}
    from relationships
    union all
    select
        last_age as age_months,
        case
            when not is_lost then 'censored'
            when has_returned then 'returned'
            else 'lost'
        end as event,
        is_once,
        {{ types | join(', ') }}
    from relationships
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'events', ['age_months'], {},
    {
        'n_entered': "event = 'entered'", 'n_lost': "event in ('lost', 'returned')", 'n_returned': "event = 'returned'",
        'n_censored': "event = 'censored'", 'n_once': "is_once and event in ('lost', 'returned')",
    },
    types=types
) }} as counts
