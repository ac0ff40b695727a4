{{ dbt_satisfaction.accepted_rows('actions') }}
