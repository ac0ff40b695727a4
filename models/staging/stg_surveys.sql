{{ dbt_satisfaction.accepted_rows('surveys') }}
