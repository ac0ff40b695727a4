{{ dbt_satisfaction.base_table('complaints') }}
