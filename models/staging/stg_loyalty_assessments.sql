{{ dbt_satisfaction.accepted_rows('loyalty_assessments') }}
