{{ dbt_satisfaction.refused_rows('complaints') }}
