{{ dbt_satisfaction.method_table('loyalty_relations') }}
