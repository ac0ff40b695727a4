{{ config(materialized='view') }}

{{ dbt_satisfaction.base_table('complaints') }}
