-- What complaints are about, the most frequent cause first. Customers are those at risk, averaged over the months.
{%- set grain = ['month_start', 'window_months', 'segment_type', 'segment_value', 'severity', 'category'] %}
{%- set cell = grain[:-1] | join(', ') %}
{%- set counts = ['n_complaints', 'n_repeat', 'n_kept', 'n_broken', 'n_settled', 'n_reopened', 'n_reopened_known',
    'n_compensated', 'n_compensation_known', 'n_front', 'n_decider_known', 'compensation_amount'] %}
{%- set now, before = ['n_complaints', 'n_all'], ['n_before', 'n_all_before'] %}

with sums as (
    select
        {{ (grain + counts) | join(',\n        ') }},
        n_before,
        sum(n_complaints) over (partition by {{ cell }}) as n_all,
        sum(n_before) over (partition by {{ cell }}) as n_all_before,
        row_number() over (partition by {{ cell }} order by n_complaints desc, category asc) as cause_rank,
        sum(n_complaints) over (
            partition by {{ cell }} order by n_complaints desc, category asc
            rows between unbounded preceding and current row
        ) as n_so_far
    from {{ ref('int_cause_sums') }}
),

at_risk as (
    select
        windows.month_start,
        windows.window_months,
        months.segment_type,
        months.segment_value,
        sum(months.n_at_risk) / cast(windows.window_months as double) as mean_at_risk
    from {{ ref('int_complaint_windows') }} as windows
    inner join {{ ref('int_behaviour_sums') }} as months
        on windows.starts_on <= months.month_start and windows.month_start >= months.month_start
    cross join {{ ref('int_calendar') }} as calendar
    where windows.starts_on >= calendar.first_month
    group by windows.month_start, windows.window_months, months.segment_type, months.segment_value
),

shares as (
    select
        {{ grain | join(',\n        ') }},
        cast(n_all as bigint) as n_all,
        n_complaints,
        {{ dbt_satisfaction.share_of(*now) }} as complaint_share,
        {{ dbt_satisfaction.wilson_low(*now) }} as share_low,
        {{ dbt_satisfaction.wilson_high(*now) }} as share_high,
        cast(cause_rank as bigint) as cause_rank,
        {{ dbt_satisfaction.share_of('n_so_far', 'n_all') }} as cumulative_share,
        {{ dbt_satisfaction.share_of('n_so_far - n_complaints', 'n_all') }} as share_before_it,
        n_before,
        {{ dbt_satisfaction.share_difference(*(now + before)) }} as share_change,
        {{ dbt_satisfaction.newcombe_low(*(now + before)) }} as change_low,
        {{ dbt_satisfaction.newcombe_high(*(now + before)) }} as change_high,
        n_repeat,
        {{ dbt_satisfaction.share_of('n_repeat', 'n_complaints') }} as repeat_share,
        n_kept,
        n_broken,
        {{ dbt_satisfaction.share_of('n_kept', '(n_kept + n_broken)') }} as kept_share,
        n_settled,
        n_reopened,
        {{ dbt_satisfaction.share_of('n_reopened', 'n_reopened_known') }} as reopened_share,
        n_compensated,
        {{ dbt_satisfaction.share_of('n_compensated', 'n_compensation_known') }} as compensated_share,
        {{ dbt_satisfaction.share_of('n_front', 'n_decider_known') }} as front_decided_share,
        compensation_amount
    from sums
    where n_all > 0
),

categories as (
    select
        category,
        label_zh,
        label_en,
        factor_id,
        failure_kind
    from {{ dbt_satisfaction.method_table('complaint_categories') }}
),

factors as (
    select factor_id from {{ dbt_satisfaction.method_table('factors') }}
)

select
    {%- for name in grain %}
    shares.{{ name }},
    {%- endfor %}
    coalesce(categories.label_zh, nullif(shares.category, 'unknown'), '未知') as label_zh,
    coalesce(categories.label_en, nullif(shares.category, 'unknown'), 'Unknown') as label_en,
    factors.factor_id,
    categories.failure_kind,
    categories.category is not null as is_mapped,
    shares.n_all,
    shares.n_complaints,
    shares.complaint_share,
    shares.share_low,
    shares.share_high,
    shares.cause_rank,
    shares.cumulative_share,
    shares.n_complaints > 0 and shares.category != 'unknown'
    and shares.share_before_it < {{ var('vital_share') }}e0 as is_vital,
    shares.n_before as n_complaints_before,
    shares.share_change,
    shares.change_low,
    shares.change_high,
    case when shares.category != 'unknown' then shares.n_repeat end as n_repeat,
    case when shares.category != 'unknown' then shares.repeat_share end as repeat_share,
    shares.n_kept,
    shares.n_broken,
    shares.kept_share,
    shares.n_settled,
    times.median_hours,
    shares.n_reopened,
    shares.reopened_share,
    shares.n_compensated,
    shares.compensated_share,
    shares.front_decided_share,
    shares.compensation_amount,
    at_risk.mean_at_risk,
    1000 * shares.n_complaints / nullif(at_risk.mean_at_risk, 0) as per_1000_customers,
    shares.n_all >= {{ var('min_respondents') }} as is_reliable
from shares
left join categories on shares.category = categories.category
left join factors on categories.factor_id = factors.factor_id
left join {{ ref('int_cause_times') }} as times on {{ dbt_satisfaction.are_same('shares', 'times', grain) }}
left join at_risk on {{ dbt_satisfaction.are_same('shares', 'at_risk', grain[:4]) }}
