-- The median time to settle the complaints of each window, segment, severity and category: from how many took so many
-- minutes, so that every engine finds the same, however many there are.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set keys = ['month_start', 'category', 'severity', 'minutes_to_settle'] %}
{%- set cell = ['segment_type', 'segment_value', 'category'] %}
{%- set grain = ['month_start', 'window_months'] + cell + ['severity'] %}

with complaints as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_complaint_causes') }}
    where minutes_to_settle is not null
),

attributes as (
    {{ dbt_satisfaction.attributes_at('complaints', keys, types) }}
),

monthly as (
    select * from {{ dbt_satisfaction.summed_by_attributes('attributes', keys, {}, {'n': '1 = 1'}) }} as sums
),

by_severity as (
    select
        {{ (['month_start'] + cell + ['severity', 'minutes_to_settle', 'n']) | join(',\n        ') }}
    from monthly
    union all
    select
        {{ (['month_start'] + cell) | join(',\n        ') }},
        'all' as severity,
        minutes_to_settle,
        n
    from monthly
),

windowed as (
    select
        windows.month_start,
        windows.window_months,
        {%- for name in cell + ['severity', 'minutes_to_settle'] %}
        by_severity.{{ name }},
        {%- endfor %}
        sum(by_severity.n) as n
    from by_severity
    inner join {{ ref('int_complaint_windows') }} as windows
        on by_severity.month_start >= windows.starts_on and by_severity.month_start <= windows.month_start
    group by all
),

placed as (
    select
        *,
        sum(n) over (partition by {{ grain | join(', ') }}) as n_all,
        sum(n) over (
            partition by {{ grain | join(', ') }} order by minutes_to_settle
            rows between unbounded preceding and current row
        ) as n_so_far
    from windowed
)

-- the value in the middle, or the mean of the two that are
select
    {{ grain | join(',\n    ') }},
    (
        min(case when 2 * n_so_far >= n_all then minutes_to_settle end)
        + min(case when 2 * n_so_far > n_all then minutes_to_settle end)
    ) / 120e0 as median_hours
from placed
group by {{ grain | join(', ') }}
