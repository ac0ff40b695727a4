{{ config(materialized='view') }}
{%- do dbt_satisfaction.stop_for_order_lines() %}

{{ dbt_satisfaction.base_table('transactions') }}
