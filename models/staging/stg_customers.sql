{{ dbt_satisfaction.accepted_rows('customers') }}
