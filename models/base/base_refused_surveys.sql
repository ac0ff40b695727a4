{{ dbt_satisfaction.refused_rows('surveys') }}
