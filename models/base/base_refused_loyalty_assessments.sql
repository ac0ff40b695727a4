{{ dbt_satisfaction.refused_rows('loyalty_assessments') }}
