{{ dbt_satisfaction.refused_rows('transactions') }}
