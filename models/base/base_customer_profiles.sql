{{ dbt_satisfaction.base_table('customer_profiles') }}
