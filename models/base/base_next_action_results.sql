{{ dbt_satisfaction.base_table('next_action_results') }}
