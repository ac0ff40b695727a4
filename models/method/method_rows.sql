{{ config(materialized='table') }}

-- Every row of every method table as it was written, for the checks of py_method_gate.
-- The first model of a build: a wrong var, or a folder without tables, stops it here.
{%- do dbt_satisfaction.checked_vars() %}

{% for table in dbt_satisfaction.method_names() %}
{%- set columns = dbt_satisfaction.method_columns(table) | map(attribute='name') | list if execute else [] -%}
{%- set is_own = execute and dbt_satisfaction.is_own(table) %}
select
    '{{ table }}' as table_name,
    {{ dbt_satisfaction.row_json(columns) }} as row_json,
    {{ 'true' if is_own else 'false' }} as is_own
from {{ dbt_satisfaction.method(table) }} as method
{{ "union all" if not loop.last }}
{% endfor %}
