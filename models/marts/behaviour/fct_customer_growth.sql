-- Who came, left and came back in each month, and the rates that follow. Annual retention follows people, not months:
-- of those active a year ago, who is active now. A segment's people of a year ago are those who were in it then:
-- whoever left had no time to move on, so that the segment of today would favour those who stay.
{%- set counted = ['n_opening', 'n_new', 'n_reactivated', 'n_lost', 'n_closing'] %}
{%- set followed = ['n_year_before', 'n_still_active', 'n_never_lost'] %}
{%- set keys = ['month_start', 'segment_type', 'segment_value'] %}

with calendar as (
    select
        first_month,
        last_month,
        {{ dbt_satisfaction.add_months('first_month', var('active_months')) }} as complete_from
    from {{ ref('int_calendar') }}
),

sums as (
    select
        *,
        n_active as n_closing
    from {{ ref('int_behaviour_sums') }}
),

-- each month twelve months on, where losses were all seen in it
years as (
    select
        {{ dbt_satisfaction.add_months('sums.month_start', 12) }} as month_start,
        sums.segment_type,
        sums.segment_value,
        sums.n_active as n_year_before,
        sums.n_active_year_on as n_still_active,
        sums.n_unbroken_year_on as n_never_lost
    from sums
    cross join calendar
    where
        sums.month_start >= calendar.complete_from
        and sums.month_start <= {{ dbt_satisfaction.add_months('calendar.last_month', -12) }}
),

-- a segment that lost all that it had a year ago has a row too: its retention is 0
months as (
    select
        {%- for count in counted %}
        coalesce(sums.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for count in followed %}
        coalesce(years.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(sums.month_start, years.month_start) as month_start,
        coalesce(sums.segment_type, years.segment_type) as segment_type,
        coalesce(sums.segment_value, years.segment_value) as segment_value
    from sums
    full outer join years
        on sums.month_start = years.month_start
        and sums.segment_type = years.segment_type
        and sums.segment_value = years.segment_value
    where sums.n_opening > 0 or sums.n_closing > 0 or years.n_year_before > 0
),

compared as (
    select
        {{ (keys + counted) | join(', ') }},
        {%- for count in followed %}
        case
            when month_start >= {{ dbt_satisfaction.add_months('calendar.complete_from', 12) }} then {{ count }}
        end as {{ count }},
        {%- endfor %}
        month_start = calendar.first_month as is_first,
        month_start >= calendar.complete_from as is_complete,
        lag(month_start) over by_month = {{ dbt_satisfaction.add_months('month_start', -1) }} as follows,
        lag(n_closing) over by_month as n_before,
        case
            when
                lag(month_start, 11) over by_month = {{ dbt_satisfaction.add_months('month_start', -11) }}
                and month_start >= {{ dbt_satisfaction.add_months('calendar.complete_from', 11) }}
                then lag(n_opening, 11) over by_month
        end as n_year_opening
    from months
    cross join calendar
    window by_month as (partition by segment_type, segment_value order by month_start)
)

select
    {{ (keys + counted) | join(', ') }},
    n_opening - case
        when is_first then null
        when follows then n_before
        else 0
    end as n_moved_in_net,
    {{ dbt_satisfaction.share_of('n_closing - n_opening', 'n_opening') }} as growth_rate,
    {{ dbt_satisfaction.share_of('n_new - n_lost', 'n_lost') }} as textbook_growth_ratio,
    {{ dbt_satisfaction.share_of('n_opening - n_lost', 'n_opening') }} as retention_rate,
    {{ dbt_satisfaction.wilson_low('(n_opening - n_lost)', 'n_opening') }} as retention_low,
    {{ dbt_satisfaction.wilson_high('(n_opening - n_lost)', 'n_opening') }} as retention_high,
    1 - {{ dbt_satisfaction.share_of('n_opening - n_lost', 'n_opening') }} as churn_rate,
    {{ dbt_satisfaction.share_of('n_closing - n_year_opening', 'n_year_opening') }} as growth_rate_12_months,
    {{ followed | join(', ') }},
    {{ dbt_satisfaction.share_of('n_still_active', 'n_year_before') }} as annual_retention_rate,
    {{ dbt_satisfaction.wilson_low('n_still_active', 'n_year_before') }} as annual_retention_low,
    {{ dbt_satisfaction.wilson_high('n_still_active', 'n_year_before') }} as annual_retention_high,
    1 - {{ dbt_satisfaction.share_of('n_still_active', 'n_year_before') }} as annual_churn_rate,
    {{ dbt_satisfaction.share_of('n_never_lost', 'n_year_before') }} as annual_unbroken_rate,
    is_complete,
    is_complete and n_opening >= {{ var('min_respondents') }} as is_reliable,
    coalesce(n_year_before >= {{ var('min_respondents') }}, false) as is_annual_reliable
from compared
