{{ dbt_satisfaction.accepted_rows('customer_profiles') }}
