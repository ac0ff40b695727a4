{{ dbt_satisfaction.method_table('business_hours') }}
