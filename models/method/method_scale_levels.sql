{{ dbt_satisfaction.method_table('scale_levels') }}
