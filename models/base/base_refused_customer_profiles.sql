{{ dbt_satisfaction.refused_rows('customer_profiles') }}
