{#- A table of which nothing can be used, or much less than of the last delivery, is a broken delivery: its figures would be
    empty or thin, and correct to the last digit. -#}

{#- Raw tables with rows that accept none, or less than min_accepted_of_last of the share that the last build of the same case
    accepted which passed every check. -#}
{% macro poor_deliveries() -%}
    with good as (
        select
            deliveries.table_name,
            deliveries.raw_rows,
            deliveries.accepted_rows,
            row_number() over (partition by deliveries.table_name order by deliveries.happened_at desc) as newest
        from {{ dbt_satisfaction.record_table('build_deliveries') if execute }} as deliveries
        where deliveries.source_id = '{{ dbt_satisfaction.source_id() }}' and deliveries.raw_rows > 0
    )

    select
        now.table_name,
        now.raw_rows,
        now.accepted_rows,
        good.raw_rows as last_raw_rows,
        good.accepted_rows as last_accepted_rows
    from {{ ref('row_accounting') }} as now
    left join good on now.table_name = good.table_name and good.newest = 1
    where
        now.raw_rows > 0
        and {{ var('min_accepted_of_last') }} > 0
        and (
            now.accepted_rows = 0
            or now.accepted_rows * good.raw_rows < {{ var('min_accepted_of_last') }} * good.accepted_rows * now.raw_rows
        )
{%- endmacro %}

{#- Stops with a message per table: how many rows, why they were refused, an example of each reason. -#}
{% macro stop_for_poor_deliveries() %}
    {%- set wrong = [] -%}
    {%- for row in run_query(dbt_satisfaction.poor_deliveries()).rows -%}
        {%- set reasons = run_query("select count(*), reason, column_name, min(offending_value) from " ~ ref('rejected_rows')
            ~ " where table_name = '" ~ row[0] ~ "' group by reason, column_name order by 1 desc, 2, 3 limit 3") -%}
        {%- set says = [] -%}
        {%- for reason in reasons.rows -%}
            {%- do says.append(reason[0] ~ ' ' ~ reason[1] ~ (' in ' ~ reason[2] if reason[2])
                ~ (", such as '" ~ (reason[3] | truncate(60)) ~ "'" if reason[3] is not none)) -%}
        {%- endfor -%}
        {%- do wrong.append(row[0] ~ ": " ~ (row[2] or 'none') ~ " of " ~ row[1] ~ " rows can be used"
            ~ (" (" ~ row[4] ~ " of " ~ row[3] ~ " in the last good build)" if row[3]) ~ ". Refused: " ~ says | join('; ') ~ ".") -%}
    {%- endfor -%}
    {%- if wrong -%}
        {{ exceptions.raise_compiler_error(wrong | join('\n') ~ "\nFix: correct the delivery, or, where it is right, build once with the var "
            ~ "min_accepted_of_last: 0.") }}
    {%- endif -%}
{% endmacro %}
