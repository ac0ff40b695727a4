{{ config(materialized=dbt_satisfaction.typed_rows_are()) }}

{{ dbt_satisfaction.base_table('customer_profiles') }}
