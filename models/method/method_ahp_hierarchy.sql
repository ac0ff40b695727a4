{{ dbt_satisfaction.method_table('ahp_hierarchy') }}
