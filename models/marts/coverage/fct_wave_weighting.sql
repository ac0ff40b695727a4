with respondents as (
    select
        *,
        weight * weight as squared
    from {{ ref('int_weights') }}
),

raking as (
    select
        survey_id,
        max(status) as status,
        max(n_steps) as n_steps,
        max(largest_miss) as largest_miss,
        max(notes) as notes
    from {{ ref('py_weights') }}
    group by survey_id
),

waves as (
    select
        survey_id,
        count(*) as n_respondents,
        count(case when reason = 'no_weight' then 1 end) as n_unweighted,
        count(case when stratum = 'not invited' then 1 end) as n_not_invited,
        count(case when reason = 'no_margins' then 1 end) as n_outside,
        count(case when reason = 'trimmed' then 1 end) as n_trimmed,
        count(case when weight > 0 then 1 end) as n_weighted,
        cast(sum(cast(weight as decimal(38, 12))) as double) as weight_sum,
        cast(sum(cast(squared as decimal(38, 12))) as double) as square_sum,
        {{ 'max(sampled_share) > 0' if dbt_satisfaction.is_finite_population() else 'false' }} as is_finite_population,
        min(case when weight > 0 then weight end) as least_weight,
        max(weight) as greatest_weight
    from respondents
    group by survey_id
)

select
    waves.survey_id,
    '{{ var("weighting") }}' as weighting,
    waves.is_finite_population,
    raking.status as weighting_status,
    waves.n_respondents,
    waves.n_unweighted,
    waves.n_outside,
    waves.n_not_invited,
    waves.n_trimmed,
    waves.weight_sum * waves.weight_sum / nullif(waves.square_sum, 0) as n_effective,
    waves.n_weighted * waves.square_sum / nullif(waves.weight_sum * waves.weight_sum, 0) as weight_effect,
    waves.least_weight,
    waves.greatest_weight,
    waves.greatest_weight / nullif(waves.weight_sum, 0) as largest_share,
    cast(raking.n_steps as integer) as n_steps,
    raking.largest_miss,
    raking.notes as weighting_notes
from waves
inner join raking on waves.survey_id = raking.survey_id
