-- In every month each kind of segment parts the complaints, and so do severities and categories; shares sum to 1;
-- twelve months are the sum of their months; promises kept are those of fct_service_promises.
{%- set counts = ['n_complaints', 'n_kept', 'n_broken', 'n_settled', 'n_reopened'] %}

with complaints as (
    select
        cast(date_trunc('month', complaints.opened_at) as date) as month_start,
        count(*) as n_complaints,
        count(complaints.resolved_at) as n_settled
    from {{ ref('stg_complaints') }} as complaints
    inner join {{ ref('int_calendar') }} as calendar
        on cast(date_trunc('month', complaints.opened_at) as date) <= calendar.last_month
    group by cast(date_trunc('month', complaints.opened_at) as date)
),

promises as (
    select
        cases.month_start,
        cases.segment_type,
        sum(cases.n_kept) as n_kept,
        sum(cases.n_broken) as n_broken
    from {{ ref('fct_service_promises') }} as cases
    inner join {{ dbt_satisfaction.method_table('service_promises') }} as promises
        on cases.promise_id = promises.promise_id
    where promises.measure = 'first_response_time'
    group by cases.month_start, cases.segment_type
),

kinds as (
    select
        {%- for name in counts %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        month_start,
        window_months,
        segment_type,
        severity = 'all' as is_all
    from {{ ref('fct_complaint_causes') }}
    group by month_start, window_months, segment_type, severity = 'all'
),

months as (
    select *
    from kinds
    where window_months = 1
),

cells as (
    select
        month_start,
        window_months,
        segment_type,
        sum(complaint_share) as share,
        max(cumulative_share) as cumulative,
        sum(n_complaints) as n_complaints,
        max(n_all) as n_all
    from {{ ref('fct_complaint_causes') }}
    group by month_start, window_months, segment_type, segment_value, severity
)

select 'of the month' as what, months.month_start
from complaints
full outer join months on complaints.month_start = months.month_start
where
    complaints.n_complaints is distinct from months.n_complaints
    or complaints.n_settled is distinct from months.n_settled

union all

select 'promises' as what, months.month_start
from months
left join promises on months.month_start = promises.month_start and months.segment_type = promises.segment_type
where months.n_kept != coalesce(promises.n_kept, 0) or months.n_broken != coalesce(promises.n_broken, 0)

union all

select 'twelve months' as what, longer.month_start
from kinds as longer
inner join months
    on longer.segment_type = months.segment_type
    and longer.is_all = months.is_all
    and longer.month_start >= months.month_start
    and months.month_start >= {{ dbt_satisfaction.add_months('longer.month_start', -11) }}
where longer.window_months = 12
group by longer.month_start, longer.segment_type, longer.is_all
having
    false
    {%- for name in counts %}
    or max(longer.{{ name }}) != sum(months.{{ name }})
    {%- endfor %}

union all

select 'shares' as what, month_start
from cells
where abs(share - 1) > 1e-9 or abs(cumulative - 1) > 1e-9 or n_complaints != n_all
