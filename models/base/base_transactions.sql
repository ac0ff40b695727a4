{{ config(materialized=dbt_satisfaction.typed_rows_are()) }}
{%- do dbt_satisfaction.stop_for_order_lines() %}

{{ dbt_satisfaction.base_table_beside('transactions') }}
