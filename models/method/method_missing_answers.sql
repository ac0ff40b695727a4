{{ dbt_satisfaction.method_table('missing_answers') }}
