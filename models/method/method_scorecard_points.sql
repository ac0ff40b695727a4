{{ dbt_satisfaction.method_table('scorecard_points') }}
