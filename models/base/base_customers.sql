{{ dbt_satisfaction.base_table('customers') }}
