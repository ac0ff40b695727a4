with tested as (
    select
        claim_id,
        n_upper,
        n_lower,
        n_effective,
        mean_upper,
        mean_lower,
        estimate,
        estimate_low,
        estimate_high,
        verdict,
        is_supported
    from {{ ref('py_hypotheses') }}
),

claims as (
    select
        claim_id,
        measure,
        claimed_low,
        claimed_high,
        label_zh,
        label_en,
        source
    from {{ dbt_satisfaction.method_table('hypotheses') }}
)

select
    tested.claim_id,
    claims.label_zh,
    claims.label_en,
    claims.source,
    claims.measure,
    claims.claimed_low,
    claims.claimed_high,
    tested.n_upper,
    tested.n_lower,
    tested.n_effective,
    {{ dbt_satisfaction.nan_to_null('tested.mean_upper') }} as mean_upper,
    {{ dbt_satisfaction.nan_to_null('tested.mean_lower') }} as mean_lower,
    {{ dbt_satisfaction.nan_to_null('tested.estimate') }} as estimate,
    {{ dbt_satisfaction.nan_to_null('tested.estimate_low') }} as estimate_low,
    {{ dbt_satisfaction.nan_to_null('tested.estimate_high') }} as estimate_high,
    tested.verdict,
    tested.is_supported,
    tested.verdict != 'not_evaluable' and tested.n_effective >= {{ var('min_respondents') }} as is_reliable
from tested
inner join claims on tested.claim_id = claims.claim_id
