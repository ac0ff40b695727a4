{{ dbt_satisfaction.method_table('tier_bands') }}
