{{ dbt_satisfaction.base_table('competitor_shares') }}
