{{ dbt_satisfaction.base_table('subscriptions') }}
