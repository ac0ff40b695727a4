{{ dbt_satisfaction.method_table('ladder_levels') }}
