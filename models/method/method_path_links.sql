{{ dbt_satisfaction.method_table('path_links') }}
