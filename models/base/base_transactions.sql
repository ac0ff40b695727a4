{{ dbt_satisfaction.base_table('transactions') }}
