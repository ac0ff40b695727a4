{{ dbt_satisfaction.accepted_rows('competitor_shares') }}
