{{ dbt_satisfaction.method_table('scales') }}
