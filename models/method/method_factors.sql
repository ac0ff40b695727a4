{{ dbt_satisfaction.method_table('factors') }}
