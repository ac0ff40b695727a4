-- How many rows each raw table holds, counted where they lie and not through the base models: the other side of the
-- accounting. A survey_wide row counts once per column that is a question.
{%- if 'survey' in var('areas') %}{% do ref('method_questions') %}{% endif %}
{%- set tables = dbt_satisfaction.raw_tables_read() %}

{% for table in tables %}
{%- set ignored = dbt_satisfaction.named_columns(table) if execute else [] %}
{%- set is_wide = table == 'survey_wide' %}
select
    '{{ table }}' as table_name,
    count(*){{ ' * ' ~ dbt_satisfaction.wide_questions() | length if is_wide }} as raw_rows,
    nullif({{ dbt_satisfaction.text_literal(ignored | join(', ')) }}, '') as ignored_columns
from {{ dbt_satisfaction.raw(table) }}
{{ "union all" if not loop.last }}
{%- endfor %}
