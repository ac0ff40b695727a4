with sums as (
    select
        month_start,
        segment_type,
        segment_value,
        promise_id,
        n_customers,
        cast(kept_sum as bigint) as n_kept,
        cast(broken_sum as bigint) as n_broken,
        cast(pending_sum as bigint) as n_pending,
        cast(unknown_sum as bigint) as n_unknown
    from {{ ref('int_promise_sums') }}
),

shares as (
    select
        month_start,
        segment_type,
        segment_value,
        promise_id,
        n_customers,
        n_kept,
        n_broken,
        n_pending,
        n_unknown,
        n_kept + n_broken as n_decided,
        {{ dbt_satisfaction.share_of('n_kept', '(n_kept + n_broken)') }} as kept_share,
        {{ dbt_satisfaction.wilson_low('n_kept', '(n_kept + n_broken)') }} as kept_low,
        {{ dbt_satisfaction.wilson_high('n_kept', '(n_kept + n_broken)') }} as kept_high
    from sums
),

promises as (
    select
        promise_id,
        label_zh,
        label_en,
        target_share
    from {{ dbt_satisfaction.method_table('service_promises') }}
)

select
    shares.month_start,
    shares.segment_type,
    shares.segment_value,
    shares.promise_id,
    promises.label_zh,
    promises.label_en,
    shares.n_customers,
    shares.n_decided + shares.n_pending + shares.n_unknown as n_cases,
    shares.n_kept,
    shares.n_broken,
    shares.n_pending,
    shares.n_unknown,
    shares.kept_share,
    shares.kept_low,
    shares.kept_high,
    promises.target_share,
    shares.kept_share >= promises.target_share as meets_target,
    shares.kept_high < promises.target_share as is_surely_below_target,
    shares.n_decided >= {{ var('min_respondents') }} as is_reliable
from shares
inner join promises on shares.promise_id = promises.promise_id
