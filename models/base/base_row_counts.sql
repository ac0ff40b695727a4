-- How many rows each raw table holds, counted where they lie and not through the base models: the other side of the
-- accounting. A survey_wide row counts once per question column.
{%- do ref('method_gate') %}
{%- set tables = dbt_satisfaction.raw_tables() %}

{% for table in tables %}
{%- set ignored = dbt_satisfaction.ignored_columns(table) if execute else [] %}
select
    '{{ table }}' as table_name,
    count(*){{ ' * ' ~ ignored | length if table == 'survey_wide' }} as raw_rows,
    cast({{ "'" ~ (ignored | join(', ')).replace("'", "''") ~ "'" if ignored and table != 'survey_wide' else 'null' }} as {{ dbt.type_string() }})
        as ignored_columns
from {{ dbt_satisfaction.raw_from(table) }}
{{ "union all" if not loop.last }}
{%- endfor %}
