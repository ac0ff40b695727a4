with calendar as (
    select as_of_date
    from {{ ref('int_calendar') }}
),

current_versions as (
    select
        versions.customer_id,
        versions.customer_name,
        versions.customer_type,
        versions.gender,
        versions.birth_date,
        versions.region,
        versions.education,
        versions.industry,
        versions.joined_on,
        versions.related_since,
        versions.first_seen_on,
        versions.last_seen_on,
        versions.is_declared,
        versions.has_behaviour,
        versions.is_anonymous,
        {{ dbt_satisfaction.customer_age('versions', 'calendar.as_of_date') }} as age
    from {{ ref('int_customer_versions') }} as versions
    cross join calendar
    where {{ dbt_satisfaction.holds_on('versions', 'calendar.as_of_date') }}
),

standing as (
    select
        customer_id,
        month_start,
        is_active,
        customer_status,
        left_since,
        recency_days,
        n_purchases_in_window,
        amount_in_window,
        rfm_cell,
        repeat_probability,
        repeat_source,
        loyalty_index,
        ladder_level,
        loyalty_class,
        is_loyal,
        relation_id,
        tier_id,
        survey_id,
        satisfaction_index,
        n_open_complaints,
        line_id
    from {{ ref('int_customer_standing') }}
),

expected as (
    select
        customer_id,
        probability_alive,
        expected_value,
        is_value_reliable
    from {{ dbt_satisfaction.ref_if_on('int_expected_values') }}
),

bands as (
    select
        segment_value,
        lower_bound,
        upper_bound
    from {{ dbt_satisfaction.method_table('segments') }}
    where segment_type = 'age_band' and (lower_bound is not null or upper_bound is not null)
)

select
    current_versions.customer_id,
    current_versions.customer_name,
    current_versions.customer_type,
    current_versions.gender,
    current_versions.birth_date,
    current_versions.age,
    bands.segment_value as age_band,
    current_versions.region,
    current_versions.education,
    current_versions.industry,
    current_versions.joined_on,
    current_versions.related_since,
    current_versions.first_seen_on,
    current_versions.last_seen_on,
    current_versions.is_declared,
    current_versions.is_anonymous,
    current_versions.has_behaviour,
    standing.month_start as latest_month,
    standing.is_active,
    standing.recency_days,
    standing.n_purchases_in_window,
    standing.amount_in_window,
    standing.rfm_cell,
    standing.loyalty_index,
    standing.ladder_level,
    standing.loyalty_class,
    standing.is_loyal,
    standing.relation_id as satisfaction_loyalty_relation,
    standing.repeat_probability,
    standing.repeat_source,
    standing.tier_id,
    standing.survey_id as latest_survey_id,
    standing.satisfaction_index,
    expected.probability_alive,
    expected.expected_value,
    expected.is_value_reliable,
    cast(standing.n_open_complaints as bigint) as n_open_complaints,
    standing.line_id as next_action_id,
    standing.customer_status,
    standing.left_since
from current_versions
left join standing on current_versions.customer_id = standing.customer_id
left join expected on current_versions.customer_id = expected.customer_id
left join bands
    on current_versions.age >= coalesce(bands.lower_bound, -1e300)
    and current_versions.age < coalesce(bands.upper_bound, 1e300)
