{{ dbt_satisfaction.method_table('questions') }}
