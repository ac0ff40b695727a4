{{ dbt_satisfaction.accepted_rows('subscriptions') }}
