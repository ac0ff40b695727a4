{{ dbt_satisfaction.base_table('surveys') }}
