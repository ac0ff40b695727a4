{{ dbt_satisfaction.refused_rows('subscriptions') }}
