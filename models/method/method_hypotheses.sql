{{ dbt_satisfaction.method_table('hypotheses') }}
