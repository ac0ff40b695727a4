{{ config(materialized='view') }}

-- Says of every mart as of when it is. The record that each dbt command leaves says so, hence it is of the last one.
{%- set marts = [] %}
{%- for node in graph.nodes.values() if node.package_name == 'dbt_satisfaction' and node.fqn[1] == 'marts' %}
{%- do marts.append(node.name) %}
{%- endfor %}

with built as (
    select
        name,
        max(finished_at) as built_at
    from {{ dbt_satisfaction.record_table('build_nodes') if execute }}
    where kind = 'model' and status = 'success'
    group by name
),

ends as (
    select
        invocation_id,
        max(code_version) as code_version,
        max(md5(concat(files_version, tables_version))) as raw_version
    from {{ dbt_satisfaction.record_table('build_events') if execute }}
    where event = 'end'
    group by invocation_id
),

calendar as (
    select as_of_date from {{ ref('int_calendar') }}
)

select
    built.name as mart_name,
    built.built_at,
    calendar.as_of_date,
    nodes.invocation_id,
    ends.raw_version,
    md5(ends.code_version) as code_version
from built
inner join {{ dbt_satisfaction.record_table('build_nodes') if execute }} as nodes
    on built.name = nodes.name and built.built_at = nodes.finished_at
inner join ends on nodes.invocation_id = ends.invocation_id
cross join calendar
where built.name in ('{{ marts | sort | join("', '") }}') -- noqa: LT05
