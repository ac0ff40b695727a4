{#- A table of which nothing can be used, or much less than of the last delivery, is a broken delivery: its figures would be
    empty or thin, and correct to the last digit. -#}

{% macro poor_deliveries() -%}
    with good as (
        select
            deliveries.table_name,
            deliveries.raw_rows,
            deliveries.accepted_rows,
            row_number() over (partition by deliveries.table_name order by deliveries.happened_at desc) as newest
        from {{ dbt_satisfaction.record_table('build_deliveries') if execute }} as deliveries
        where deliveries.source_id = '{{ dbt_satisfaction.case_id() }}'
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
        {{ var('min_accepted_of_last') }} > 0
        and (
            (now.accepted_rows = 0 and (now.raw_rows > 0 or good.accepted_rows > 0))
            or now.accepted_rows * good.raw_rows < {{ var('min_accepted_of_last') }} * good.accepted_rows * now.raw_rows
        )
{%- endmacro %}

{% macro stop_for_poor_deliveries() %}
    {%- set wrong = [] -%}
    {%- for row in run_query(dbt_satisfaction.poor_deliveries()).rows -%}
        {%- set last = row[4] ~ " of " ~ row[3] if row[3] -%}
        {%- if row[1] -%}
            {%- do wrong.append(row[0] ~ ": " ~ (row[2] or 'none') ~ " of " ~ row[1] ~ " rows can be used" ~ (" (" ~ last ~ " in the last good build)" if last)
                ~ ". Refused: " ~ dbt_satisfaction.refused_reasons(row[0]) ~ ".") -%}
        {%- elif dbt_satisfaction.has_raw(row[0]) -%}
            {%- do wrong.append(row[0] ~ ": holds no rows, where " ~ last ~ " could be used in the last good build.") -%}
        {%- else -%}
            {%- do wrong.append(row[0] ~ ": the table is not there, where " ~ last ~ " rows could be used in the last good build.") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if wrong -%}
        {{ exceptions.raise_compiler_error(wrong | join('\n') ~ "\nFix: correct the delivery. Where it is right, build once with the var "
            ~ "min_accepted_of_last: 0; where it is of another case than the last one, name the case by the var case_name.") }}
    {%- endif -%}
{% endmacro %}

{% macro refused_reasons(table) %}
    {%- set reasons = run_query("select count(*), reason, column_name, min(offending_value) from " ~ ref('rejected_rows')
        ~ " where table_name = '" ~ table ~ "' group by reason, column_name order by 1 desc, 2, 3 limit 3") -%}
    {%- set says = [] -%}
    {%- for reason in reasons.rows -%}
        {%- do says.append(reason[0] ~ ' ' ~ reason[1] ~ (' in ' ~ reason[2] if reason[2])
            ~ (", such as '" ~ (reason[3] | truncate(60)) ~ "'" if reason[3] is not none)) -%}
    {%- endfor -%}
    {{- return(says | join('; ')) -}}
{% endmacro %}
