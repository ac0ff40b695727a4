{{ dbt_satisfaction.accepted_rows('next_action_results') }}
