-- Complaints of each window by segment, severity and category, and their number in the window before; segments as of
-- the last day of the complaint's month.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set facts = ['is_repeat', 'n_kept', 'n_broken', 'minutes_to_settle', 'is_reopened',
    'is_compensated', 'compensation_amount', 'is_decided_by_front'] %}
{%- set keys = ['month_start', 'category', 'severity'] %}
{%- set cell = ['segment_type', 'segment_value', 'category'] %}
{%- set counts = ['n_complaints', 'n_repeat', 'n_kept', 'n_broken', 'n_settled', 'n_reopened', 'n_reopened_known',
    'n_compensated', 'n_compensation_known', 'n_front', 'n_decider_known'] %}

with complaints as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_complaint_causes') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('complaints', keys + facts, types) }}
),

monthly as (
    select *
    from {{ dbt_satisfaction.summed_by_attributes(
        'attributes', keys,
        {
            'n_kept': 'n_kept', 'n_broken': 'n_broken',
            'compensation_amount': 'coalesce(compensation_amount, 0)',
        },
        {
            'n_complaints': '1 = 1', 'n_repeat': 'is_repeat', 'n_settled': 'minutes_to_settle is not null',
            'n_reopened': 'is_reopened', 'n_reopened_known': 'is_reopened is not null',
            'n_compensated': 'is_compensated', 'n_compensation_known': 'is_compensated is not null',
            'n_front': 'is_decided_by_front', 'n_decider_known': 'is_decided_by_front is not null',
        }
    ) }} as sums
),

by_severity as (
    select
        {{ (['month_start'] + cell + ['severity'] + counts + ['compensation_amount']) | join(',\n        ') }}
    from monthly
    union all
    select
        {{ (['month_start'] + cell) | join(',\n        ') }},
        'all' as severity,
        {{ (counts + ['compensation_amount']) | join(',\n        ') }}
    from monthly
)

select
    windows.month_start,
    windows.window_months,
    {%- for name in cell + ['severity'] %}
    by_severity.{{ name }},
    {%- endfor %}
    {%- for name in counts %}
    cast(sum(
        case when by_severity.month_start >= windows.starts_on then by_severity.{{ name }} else 0 end
    ) as bigint) as {{ name }},
    {%- endfor %}
    cast(sum(cast(
        case when by_severity.month_start >= windows.starts_on then by_severity.compensation_amount else 0 end
        as decimal(38, 12)
    )) as double) as compensation_amount,
    cast(sum(case
        when windows.starts_before is null then null
        when by_severity.month_start < windows.starts_on then by_severity.n_complaints
        else 0
    end) as bigint) as n_before
from by_severity
inner join {{ ref('int_complaint_windows') }} as windows
    on by_severity.month_start >= coalesce(windows.starts_before, windows.starts_on)
    and by_severity.month_start <= windows.month_start
group by all
