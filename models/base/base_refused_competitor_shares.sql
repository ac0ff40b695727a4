{{ dbt_satisfaction.refused_rows('competitor_shares') }}
