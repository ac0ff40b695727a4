{%- set reasons = dbt_satisfaction.reject_reasons() %}

with raw_counts as (
    select
        table_name,
        raw_rows,
        ignored_columns
    from {{ ref('base_row_counts') }}
),

accepted as (
    {%- if 'survey' in var('areas') %}
    select
        source_table as table_name,
        sum(n_answers) as accepted_rows
    from {{ ref('stg_responses') }}
    group by source_table
    union all
    {%- endif %}
    {%- if 'behaviour' in var('areas') %}
    select
        'transactions' as table_name,
        sum(n_transactions) as accepted_rows
    from {{ ref('int_purchases') }}
    union all
    {%- endif %}
    {%- set others = ['survey_answers', 'survey_wide', 'transactions'] %}
    {% for table in dbt_satisfaction.raw_tables_read() if table not in others %}
    select
        source_table as table_name,
        count(*) as accepted_rows
    from {{ ref('base_' ~ table) }}
    where reject_reason is null
    group by all
    {{ "union all" if not loop.last }}
    {% endfor %}
),

calendar as (
    select
        as_of_date
    from {{ ref('int_calendar') }}
),

rejected as (
    select
        table_name,
        {%- for reason in reasons %}
        count(*) filter (where reason = '{{ reason }}') as rejected_{{ reason }},
        {%- endfor %}
        count(*) as rejected_rows
    from {{ ref('rejected_rows') }}
    group by all
)

select
    raw_counts.table_name,
    raw_counts.raw_rows,
    cast(coalesce(accepted.accepted_rows, 0) as bigint) as accepted_rows,
    coalesce(rejected.rejected_rows, 0) as rejected_rows,
    {%- for reason in reasons %}
    coalesce(rejected.rejected_{{ reason }}, 0) as rejected_{{ reason }},
    {%- endfor %}
    raw_counts.ignored_columns,
    calendar.as_of_date
from raw_counts
cross join calendar
left join accepted on raw_counts.table_name = accepted.table_name
left join rejected on raw_counts.table_name = rejected.table_name
