-- How long relationships last, segment by segment and age by age, and whether the median may be quoted. It may not
-- where it only repeats the definition of a loss, where many of the lost came back, or where the segments of some kind
-- last so differently that one curve of them all is that of none.
with curves as (
    select
        segment_type,
        segment_value,
        age_months,
        n_at_risk,
        n_entered,
        n_lost,
        n_censored,
        {{ dbt_satisfaction.nan_to_null('loss_rate') }} as loss_rate,
        {{ dbt_satisfaction.nan_to_null('survival') }} as survival,
        {{ dbt_satisfaction.nan_to_null('standard_error') }} as standard_error,
        {{ dbt_satisfaction.nan_to_null('low') }} as survival_low,
        {{ dbt_satisfaction.nan_to_null('high') }} as survival_high,
        {{ dbt_satisfaction.nan_to_null('mean_months') }} as mean_months,
        cast({{ dbt_satisfaction.nan_to_null('median_months') }} as integer) as median_months,
        cast({{ dbt_satisfaction.nan_to_null('median_low') }} as integer) as median_low,
        cast({{ dbt_satisfaction.nan_to_null('median_high') }} as integer) as median_high,
        {{ dbt_satisfaction.nan_to_null('returned_share') }} as returned_share,
        {{ dbt_satisfaction.nan_to_null('once_share') }} as once_share,
        {{ dbt_satisfaction.nan_to_null('log_rank_p') }} as log_rank_p,
        sum(n_entered) over (partition by segment_type, segment_value) as n_watched
    from {{ ref('py_relationship_survival') }}
),

-- the segments of a kind side by side, at every age of the first year at which there are two of them
compared as (
    select
        segment_type,
        age_months,
        max(survival) - min(survival) as gap,
        max(log_rank_p) as log_rank_p
    from curves
    where
        segment_type != 'total'
        and segment_value != 'unknown'
        and age_months <= 12
        and survival is not null
        and n_watched >= {{ var('min_respondents') }}
    group by segment_type, age_months
    having count(*) > 1
),

-- the more kinds are asked, the less chance is left to each
apart as (
    select
        segment_type,
        max_by(gap, age_months) as gap
    from compared
    group by segment_type
    having
        max_by(gap, age_months) > {{ var('max_survival_gap') }}
        and max(log_rank_p) * {{ dbt_satisfaction.declared_types() | length }} < 1 - {{ var('confidence_level') }}e0
),

split as (
    select
        segment_type as split_by,
        row_number() over (order by gap desc, segment_type asc) as place
    from apart
)

select
    curves.segment_type,
    curves.segment_value,
    curves.age_months,
    curves.n_at_risk,
    curves.n_entered,
    curves.n_lost,
    curves.n_censored,
    curves.loss_rate,
    curves.survival,
    curves.standard_error,
    curves.survival_low,
    curves.survival_high,
    curves.mean_months,
    curves.median_months,
    curves.median_low,
    curves.median_high,
    curves.returned_share,
    curves.once_share,
    curves.log_rank_p,
    split.split_by,
    case
        when curves.median_months is null then 'not_reached'
        when split.split_by is not null then 'segments_differ'
        when curves.median_months = {{ var('active_months') }} or curves.once_share > 0.5 then 'definition'
        when curves.returned_share > {{ var('max_returned_share') }} then 'many_return'
        else 'estimated'
    end as median_status,
    cast({{ var('active_months') }} as integer) as ended_after_months,
    cast({{ var('active_gaps') }} as double) as ended_after_gaps,
    curves.n_at_risk >= {{ var('min_respondents') }} as is_reliable
from curves
left join split on curves.segment_type = 'total' and split.place = 1
