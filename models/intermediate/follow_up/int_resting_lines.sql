-- Which lines of the playbook are not asked for again yet, because somebody followed them and solved something.
with solved as (
    select distinct
        results.customer_id,
        results.line_id
    from {{ ref('stg_next_action_results') }} as results
    cross join {{ ref('int_calendar') }} as calendar
    where
        lower(results.outcome) = 'solved'
        and results.done_on > {{ dbt.dateadd('day', -var('solved_rest_days'), 'calendar.as_of_date') }}
        and results.done_on <= calendar.as_of_date
)

select
    customer_id,
    concat('|', {{ dbt_satisfaction.joined_texts('line_id', '|', 'line_id') }}, '|') as resting_lines
from solved
group by customer_id
