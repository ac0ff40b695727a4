{{ dbt_satisfaction.accepted_rows('complaints') }}
