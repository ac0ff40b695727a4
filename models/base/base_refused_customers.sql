{{ dbt_satisfaction.refused_rows('customers') }}
