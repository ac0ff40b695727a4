-- Opening + new + reactivated − lost = closing in every row; the total opens with the customers that closed the month
-- before; who was active a year before are those who closed that month; every kind of segment sums to the total;
-- cohorts and relationships lose whom they had.
{%- set counts = [
    'n_opening', 'n_new', 'n_reactivated', 'n_lost', 'n_closing', 'n_year_before', 'n_still_active', 'n_never_lost',
] %}

with growth as (
    select * from {{ ref('fct_customer_growth') }}
),

years as (
    select
        later.segment_type,
        later.month_start,
        later.n_year_before,
        coalesce(earlier.n_closing, 0) as n_closing_then
    from growth as later
    left join growth as earlier
        on later.month_start = {{ dbt_satisfaction.add_months('earlier.month_start', 12) }}
        and later.segment_type = earlier.segment_type
        and later.segment_value = earlier.segment_value
),

kinds as (
    select
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        month_start,
        segment_type
    from growth
    group by month_start, segment_type
),

cohorts as (
    select
        *,
        lag(n_kept) over by_age as n_kept_before,
        lag(age_months) over by_age as age_before
    from {{ ref('fct_retention_cohorts') }}
    window by_age as (partition by segment_type, segment_value, cohort_month order by age_months)
),

ages as (
    select
        *,
        coalesce(lag(n_at_risk - n_lost - n_censored) over by_age, 0) as n_left,
        coalesce(lag(survival) over by_age, 1) as survival_before
    from {{ ref('fct_relationship_survival') }}
    window by_age as (partition by segment_type, segment_value order by age_months)
),

new_ones as (
    select
        growth.month_start as cohort_month,
        growth.n_new,
        cohorts.n_cohort
    from growth
    full outer join cohorts
        on growth.month_start = cohorts.cohort_month
        and growth.segment_type = cohorts.segment_type
        and growth.segment_value = cohorts.segment_value
        and cohorts.age_months = 0
    where cohorts.age_months = 0 or growth.n_new > 0
)

select 'growth' as which, segment_type, month_start as at_month
from growth
where
    n_opening + n_new + n_reactivated - n_lost != n_closing
    or least({{ counts | join(', ') }}) < 0
    or (segment_type = 'total' and n_moved_in_net != 0)
    or abs(n_opening * (1 + growth_rate) - n_closing) > 1e-6
    or abs(n_opening * retention_rate + n_lost - n_opening) > 1e-6
    or retention_rate not between retention_low - 1e-12 and retention_high + 1e-12
    or n_never_lost > n_still_active
    or n_still_active > n_year_before
    or annual_retention_rate not between annual_retention_low - 1e-12 and annual_retention_high + 1e-12
    or annual_retention_rate not between 0 and 1
union all
select 'years' as which, segment_type, month_start as at_month
from years
where n_year_before != n_closing_then
union all
select 'kinds' as which, kinds.segment_type, kinds.month_start as at_month
from kinds
left join growth as totals on kinds.month_start = totals.month_start and totals.segment_type = 'total'
where
    totals.month_start is null
    {%- for count in counts %}
    or kinds.{{ count }} != totals.{{ count }}
    {%- endfor %}
union all
select 'cohorts' as which, segment_type, cohort_month as at_month
from cohorts
where
    n_kept > coalesce(n_kept_before, n_cohort)
    or n_active not between n_kept and n_cohort
    or (age_before is null and (age_months != 0 or n_kept != n_cohort))
    or age_months != age_before + 1
union all
select 'new ones' as which, 'any' as segment_type, cohort_month as at_month
from new_ones
where n_new is distinct from n_cohort
union all
select 'survival' as which, segment_type, cast(null as date) as at_month
from ages
where n_at_risk != n_left + n_entered or survival > survival_before or n_at_risk < n_lost + n_censored
