{{ dbt_satisfaction.method_table('loyalty_factor_values') }}
