{% for table in dbt_satisfaction.raw_tables_read() if table != 'survey_wide' %}
select
    source_table as table_name,
    record_key,
    reject_reason as reason,
    reject_column as column_name,
    reject_value as offending_value,
    row_json
from {{ ref(dbt_satisfaction.refused_model(table)) }}
where reject_reason is not null
{{ "union all" if not loop.last }}
{%- endfor %}
