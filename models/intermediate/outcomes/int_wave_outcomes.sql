-- What every respondent of a wave said and did: class and relation by the wave's own answers, and behaviour in the
-- kept_months after the month of the answer. Behaviour is known of those who were active in that month, where all these
-- months are complete. Kept has this window of its own: bought in these months, or a service held at their end.
{%- set months = var('kept_months') %}
{%- set n_groups = dbt_satisfaction.n_resample_groups() %}
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with answered as (
    select
        answers.survey_id,
        answers.customer_id,
        answers.overall_level,
        answers.is_satisfied,
        answers.repeat_probability,
        answers.recommendation,
        cast(
            date_trunc('month', coalesce(cast(answers.last_answered_at as date), waves.wave_date)) as date
        ) as month_start
    from {{ ref('int_verdicts') }} as answers
    inner join {{ ref('int_waves') }} as waves on answers.survey_id = waves.survey_id
),

{{ dbt_satisfaction.classified('answered') }},

-- a customer's months have no gap: where months_after are all there, the last one is complete
behaviour as (
    select
        answered.survey_id,
        answered.customer_id,
        bool_or(months.is_active and months.month_start = answered.month_start) as was_active,
        bool_or(months.recency_days is not null and months.month_start = answered.month_start) as has_bought_before,
        count(*) filter (where months.month_start <= answered.month_start) as months_before,
        count(*) filter (where months.month_start > answered.month_start) as months_after,
        cast(coalesce(
            sum(months.n_purchases) filter (where months.month_start > answered.month_start), 0
        ) as bigint) as purchases_after,
        cast(coalesce(
            sum(cast(months.revenue as decimal(38, 2))) filter (where months.month_start <= answered.month_start), 0
        ) as double) as revenue_before,
        cast(coalesce(
            sum(cast(months.revenue as decimal(38, 2))) filter (where months.month_start > answered.month_start), 0
        ) as double) as revenue_after
    from answered
    inner join {{ ref('int_customer_behaviour') }} as months
        on answered.customer_id = months.customer_id
        and months.month_start > {{ dbt_satisfaction.add_months('answered.month_start', -months) }}
        and months.month_start <= {{ dbt_satisfaction.add_months('answered.month_start', months) }}
    group by answered.survey_id, answered.customer_id
),

held as (
    {{ dbt_satisfaction.holding_a_service('answered', dbt_satisfaction.add_months('answers.month_start', months)) }}
),

eligible as (
    select
        behaviour.survey_id,
        behaviour.customer_id,
        behaviour.purchases_after > 0 or held.customer_id is not null as is_kept,
        case when behaviour.has_bought_before then behaviour.purchases_after end as n_bought,
        case
            when behaviour.months_before = {{ months }} and behaviour.revenue_before > 0
                and behaviour.revenue_before >= {{ months * var('baseline_min_amount') }}
                -- least passes over null
                then least(1e0, behaviour.revenue_after / nullif(behaviour.revenue_before, 0))
        end as revenue_kept
    from behaviour
    left join held on behaviour.survey_id = held.survey_id and behaviour.customer_id = held.customer_id
    where behaviour.was_active and behaviour.months_after = {{ months }}
)

select
    classified.survey_id,
    classified.customer_id,
    classified.month_start,
    classified.overall_level,
    classified.is_satisfied,
    classified.repeat_probability,
    classified.recommendation,
    classified.is_loyal,
    classified.relation_id,
    classified.repeat_band = 'high' as is_likely_to_repurchase,
    eligible.is_kept,
    eligible.n_bought,
    eligible.revenue_kept,
    eligible.revenue_kept >= {{ var('revenue_held_from') }} as is_revenue_held,
    {{ dbt_satisfaction.resample_group('classified.customer_id', n_groups) }} as resample_group,
    {{ 'weights.weight' if dbt_satisfaction.is_weighted() else 'cast(1 as double)' }} as weight,
    {{ dbt_satisfaction.prefixed('segments.', types) | join(',\n    ') }}
from classified
inner join {{ ref('int_respondent_segments') }} as segments
    on classified.survey_id = segments.survey_id and classified.customer_id = segments.customer_id
{%- if dbt_satisfaction.is_weighted() %}
inner join {{ ref('int_weights') }} as weights
    on classified.survey_id = weights.survey_id and classified.customer_id = weights.customer_id
{%- endif %}
left join eligible
    on classified.survey_id = eligible.survey_id and classified.customer_id = eligible.customer_id
