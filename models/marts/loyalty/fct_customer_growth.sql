-- Who came, left and came back in each month, and the rates that follow. A year's retention is the product of twelve
-- months': of those lost in a year some also came within it, so that they are no share of those who opened it.
{%- set counted = [
    'month_start', 'segment_type', 'segment_value', 'n_opening', 'n_new', 'n_reactivated', 'n_lost', 'n_closing',
] %}

with sums as (
    select
        month_start,
        segment_type,
        segment_value,
        n_opening,
        n_new,
        n_reactivated,
        n_lost,
        n_active as n_closing
    from {{ ref('int_behaviour_sums') }}
    where n_opening > 0 or n_active > 0
),

compared as (
    select
        {{ counted | join(', ') }},
        calendar.first_month,
        {{ dbt_satisfaction.share_of('n_opening - n_lost', 'n_opening') }} as retention_rate,
        lag(month_start) over by_month as month_before,
        lag(n_closing) over by_month as n_before,
        lag(month_start, 11) over by_month = {{ dbt_satisfaction.add_months('month_start', -11) }}
        and month_start >= {{ dbt_satisfaction.add_months('first_month', var('active_months') + 11) }} as has_year,
        lag(n_opening, 11) over by_month as n_year_opening
    from sums
    cross join {{ ref('int_calendar') }} as calendar
    window by_month as (partition by segment_type, segment_value order by month_start)
),

rated as (
    select
        {{ counted | join(', ') }},
        retention_rate,
        case
            when month_start = first_month then null
            when month_before = {{ dbt_satisfaction.add_months('month_start', -1) }} then n_before
            else 0
        end as n_closing_before,
        month_start >= {{ dbt_satisfaction.add_months('first_month', var('active_months')) }} as is_complete,
        case
            when not coalesce(has_year, false) or count(retention_rate) over twelve_months < 12 then null
            when min(retention_rate) over twelve_months = 0 then 0e0
            else exp(sum(ln(nullif(retention_rate, 0))) over twelve_months)
        end as annual_retention_rate,
        case when has_year then {{ dbt_satisfaction.share_of('n_closing - n_year_opening', 'n_year_opening') }} end
            as growth_rate_12_months
    from compared
    window twelve_months as (
        partition by segment_type, segment_value order by month_start rows between 11 preceding and current row
    )
)

select
    {{ counted | join(', ') }},
    n_opening - n_closing_before as n_moved_in_net,
    {{ dbt_satisfaction.share_of('n_closing - n_opening', 'n_opening') }} as growth_rate,
    {{ dbt_satisfaction.share_of('n_new - n_lost', 'n_lost') }} as textbook_growth_ratio,
    retention_rate,
    {{ dbt_satisfaction.wilson_low('(n_opening - n_lost)', 'n_opening') }} as retention_low,
    {{ dbt_satisfaction.wilson_high('(n_opening - n_lost)', 'n_opening') }} as retention_high,
    1 - retention_rate as churn_rate,
    growth_rate_12_months,
    annual_retention_rate,
    1 - annual_retention_rate as annual_churn_rate,
    is_complete,
    is_complete and n_opening >= {{ var('min_respondents') }} as is_reliable
from rated
