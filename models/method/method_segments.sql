{{ dbt_satisfaction.method_table('segments') }}
