{{ dbt_satisfaction.method_table('service_promises') }}
