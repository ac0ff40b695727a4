{{ dbt_satisfaction.base_table('loyalty_assessments') }}
