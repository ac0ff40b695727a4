with results as (
    select
        cast(date_trunc('month', done_on) as date) as month_start,
        line_id,
        count(*) as n_done,
        count(case when lower(outcome) = 'solved' then 1 end) as n_solved,
        count(case when lower(outcome) = 'not_solved' then 1 end) as n_not_solved,
        count(case when lower(outcome) = 'not_reached' then 1 end) as n_not_reached,
        count(due_on) as n_with_due,
        count(case when done_on <= due_on then 1 end) as n_in_time
    from {{ ref('stg_next_action_results') }}
    group by 1, 2
),

lines as (
    select
        line_id,
        action_zh,
        action_en
    from {{ dbt_satisfaction.method_table('playbook_lines') }}
)

select
    results.month_start,
    results.line_id,
    lines.action_zh,
    lines.action_en,
    results.n_done,
    results.n_solved,
    results.n_not_solved,
    results.n_not_reached,
    {{ dbt_satisfaction.share_of('n_solved', 'n_done') }} as solved_share,
    {{ dbt_satisfaction.wilson_low('n_solved', 'n_done') }} as solved_share_low,
    {{ dbt_satisfaction.wilson_high('n_solved', 'n_done') }} as solved_share_high,
    results.n_with_due,
    results.n_in_time,
    {{ dbt_satisfaction.share_of('n_in_time', 'n_with_due') }} as in_time_share,
    {{ dbt_satisfaction.wilson_low('n_in_time', 'n_with_due') }} as in_time_share_low,
    {{ dbt_satisfaction.wilson_high('n_in_time', 'n_with_due') }} as in_time_share_high,
    results.n_done >= {{ var('min_respondents') }} as is_reliable
from results
left join lines on results.line_id = lines.line_id
