-- The p-chart of the complaint rate. The centre line of a month is the rate of the months before it, pooled; a run is
-- held against the line as it stood before the run began. Months are ranged over by number: one may be missing.
{%- set baseline = var('control_baseline_months') %}
{%- set run = var('control_run_length') %}
{%- set deviation = 'sqrt(centre_line * (1 - centre_line) / n_at_risk)' %}

with months as (
    select
        month_start,
        segment_type,
        segment_value,
        n_at_risk,
        n_complaining,
        {{ dbt_satisfaction.share_of('n_complaining', 'n_at_risk') }} as complaint_rate,
        n_at_risk >= {{ var('min_respondents') }} as is_reliable,
        year(month_start) * 12 + month(month_start) as month_no
    from {{ ref('int_behaviour_sums') }}
    where n_at_risk > 0
),

pooled as (
    select
        months.*,
        count(*) over before_it as baseline_months,
        sum(n_complaining) over before_it as baseline_complaining,
        sum(n_at_risk) over before_it as baseline_at_risk,
        count(*) over in_run as run_months,
        min(complaint_rate) over in_run as lowest_in_run
    from months
    window
        before_it as (
            partition by segment_type, segment_value order by month_no
            range between {{ baseline }} preceding and 1 preceding
        ),
        in_run as (
            partition by segment_type, segment_value order by month_no
            range between {{ run - 1 }} preceding and current row
        )
),

centred as (
    select
        pooled.*,
        case
            when baseline_months = {{ baseline }} then baseline_complaining / cast(baseline_at_risk as double)
        end as centre_line
    from pooled
),

limited as (
    select
        centred.*,
        case
            when n_at_risk * least(centre_line, 1 - centre_line) >= {{ var('control_min_expected') }}
                then {{ var('control_sigmas') }} * {{ deviation }}
        end as half_width,
        max(centre_line) over (
            partition by segment_type, segment_value order by month_no
            range between {{ run - 1 }} preceding and {{ run - 1 }} preceding
        ) as run_centre_line
    from centred
),

judged as (
    select
        limited.*,
        case when half_width is not null then greatest(centre_line - half_width, 0e0) end as lower_limit,
        case when half_width is not null then least(centre_line + half_width, 1e0) end as upper_limit,
        case when half_width is not null then complaint_rate > centre_line + half_width end as is_above_limit,
        case
            when half_width is not null and run_centre_line is not null and run_months = {{ run }}
                then lowest_in_run > run_centre_line
        end as is_sustained_rise
    from limited
)

select
    month_start,
    segment_type,
    segment_value,
    n_at_risk,
    n_complaining,
    complaint_rate,
    baseline_months,
    centre_line,
    lower_limit,
    upper_limit,
    run_centre_line,
    is_above_limit,
    is_sustained_rise,
    case
        when is_sustained_rise then 'sustained_rise'
        when is_above_limit then 'above_limit'
        when is_above_limit is not null then 'none'
    end as complaint_alert,
    is_reliable
from judged
