-- Nothing is lost: of every raw table, raw = accepted + rejected; every refused row is in rejected_rows under one
-- known reason; every accepted answer is counted in its wave.
with accounting as (
    select
        table_name,
        raw_rows,
        accepted_rows,
        rejected_rows,
        {% for reason in dbt_satisfaction.reject_reasons() -%}
        rejected_{{ reason }}{{ " + " if not loop.last }}
        {%- endfor %} as rows_with_reason
    from {{ ref('row_accounting') }}
),

refused as (
    select
        table_name,
        count(*) as n_refused
    from {{ ref('rejected_rows') }}
    group by table_name
),

answers as (
    select
        sum(case when table_name in ('survey_answers', 'survey_wide') then accepted_rows else 0 end) as accepted,
        {%- if 'survey' in var('areas') %}
        (select coalesce(sum(n_valid_answers + n_missing_answers), 0) from {{ ref('dim_waves') }}) as in_waves
        {%- else %}
        0 as in_waves
        {%- endif %}
    from accounting
)

select coalesce(accounting.table_name, refused.table_name) as table_name
from accounting
full outer join refused on accounting.table_name = refused.table_name
where
    accounting.raw_rows is distinct from accounting.accepted_rows + accounting.rejected_rows
    or accounting.rejected_rows is distinct from coalesce(refused.n_refused, 0)
    or accounting.rejected_rows is distinct from accounting.rows_with_reason
union all
select 'answers in dim_waves' as table_name
from answers
where accepted != in_waves
