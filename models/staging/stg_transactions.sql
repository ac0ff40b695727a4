{{ dbt_satisfaction.accepted_rows('transactions') }}
