{#- A base model: every row of a raw table, typed, with reject_reason (null = accepted), the column and the value that
    it names, and the whole row as JSON where it is refused. Checks run in the contract's order, the first hit wins;
    among accepted versions of one key the newest stays (by event time, then by content, so that the order of the
    input never matters) and the others are superseded. -#}
{% macro base_table(table) %}
{%- if not execute -%}
    select * from {{ raw(table) }}
{%- else -%}
{%- set columns = dbt_satisfaction.contract(table) -%}
{%- set keys = columns | selectattr('key', 'defined') | list -%}
with source as (
    select * from {{ raw(table) }}
),

checked as (
    select
        source.*,
        {{ dbt_satisfaction.reject_code(columns) }} as reject_code
    from source
),

ranked as (
    select
        checked.*,
        case
            when reject_code is not null then reject_code
            when {{ dbt_satisfaction.version_number(columns) }} > 1 then 'superseded:{{ keys[0].name }}'
        end as final_code
    from checked
)

select
    {%- for column in columns %}
    {{ dbt_satisfaction.typed(column.name, column.type) }} as {{ column.name }},
    {%- endfor %}
    {{ dbt_satisfaction.reject_columns("'" ~ table ~ "'", columns, 'final_code') }}
from ranked
{%- endif -%}
{% endmacro %}

{#- 1 for the newest of the accepted rows that share a key, over text columns; ties: further columns to order by. -#}
{% macro version_number(columns, ties=[]) -%}
row_number() over (
                partition by
                    {%- for column in columns if column.key %}
                    {{ dbt_satisfaction.typed(column.name, column.type) }},
                    {%- endfor %}
                    reject_code
                order by
                    {%- for column in columns if column.event %}
                    {{ dbt_satisfaction.typed(column.name, column.type) }} desc nulls last,
                    {%- endfor %}
                    {%- for name in columns | rejectattr('key', 'equalto', true) | map(attribute='name') | list + ties %}
                    {{ name }} desc nulls last{{ "," if not loop.last }}
                    {%- endfor %}
            )
{%- endmacro %}

{#- One case expression over text columns: 'reason:column' of the first check that fails, else null. -#}
{% macro reject_code(columns) -%}
{%- set reasons = {'double': 'not_a_number', 'integer': 'not_a_number', 'date': 'not_a_date',
                   'timestamp': 'not_a_date', 'boolean': 'not_a_boolean'} -%}
case
    {%- for column in columns if column.key is true or column.required %}
    when {{ column.name }} is null then 'missing_key:{{ column.name }}'
    {%- endfor %}
    {%- for column in columns if column.type != 'string' %}
    {%- set typed = dbt_satisfaction.typed(column.name, column.type) %}
    when {{ column.name }} is not null and {{ typed }} is null then '{{ reasons[column.type] }}:{{ column.name }}'
    {%- endfor %}
    {%- for column in columns %}
    {%- set typed = dbt_satisfaction.typed(column.name, column.type) %}
    {%- if column.event %}
    when {{ typed }} >= {{ dbt_satisfaction.first_future_day() }} then 'in_future:{{ column.name }}'
    {%- endif %}
    {%- if column.min is defined %}
    when {{ typed }} < {{ column.min }} or {{ typed }} > {{ column.max }} then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- if column.codes is defined %}
    when lower({{ column.name }}) not in ('{{ column.codes | join("', '") }}') then 'unknown_code:{{ column.name }}'
    {%- endif %}
    {%- if column.not_before is defined %}
    {%- set earlier = columns | selectattr('name', 'equalto', column.not_before) | first %}
    when {{ typed }} < {{ dbt_satisfaction.typed(earlier.name, earlier.type) }} then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- for kind, type in (column.typed_by or {}).get('types', {}).items() %}
    when {{ column.typed_by.column }} = '{{ kind }}' and {{ dbt_satisfaction.typed(column.name, type) }} is null and {{ column.name }} is not null
        then '{{ reasons[type] }}:{{ column.name }}'
    {%- endfor %}
    {%- if column.one_of_with is defined %}
    when ({{ column.name }} is null) = ({{ column.one_of_with }} is null) then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- endfor %}
end
{%- endmacro %}

{#- The four columns that every base model ends with, from a 'reason:column' code. -#}
{% macro reject_columns(source_table, columns, code) -%}
    {{ source_table }} as source_table,
    {{ dbt_satisfaction.row_key(columns) }} as record_key,
    split_part({{ code }}, ':', 1) as reject_reason,
    split_part({{ code }}, ':', 2) as reject_column,
    case split_part({{ code }}, ':', 2)
        {%- for column in columns %}
        when '{{ column.name }}' then {{ column.name }}
        {%- endfor %}
    end as reject_value,
    case when {{ code }} is not null then {{ dbt_satisfaction.row_json(columns | map(attribute='name') | list) }} end as row_json
{%- endmacro %}

{#- The key of a row as one text: its parts joined by ' | ', a missing part shown as '?'. -#}
{% macro row_key(columns) -%}
    {%- for column in columns | selectattr('key', 'defined') -%}
        coalesce({{ column.name }}, '?'){{ " || ' | ' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Every reason for which a row can be refused. -#}
{% macro reject_reasons() %}
    {{- return(['missing_key', 'not_a_number', 'not_a_date', 'not_a_boolean', 'out_of_range', 'unknown_code', 'in_future',
        'missing_survey', 'unknown_question', 'unknown_answer', 'superseded']) -}}
{% endmacro %}

{#- The raw tables of the contract, and the base models that hold their rows. -#}
{% macro raw_tables() %}
    {{- return(['customers', 'surveys', 'survey_answers', 'survey_wide', 'transactions', 'subscriptions', 'complaints',
        'competitor_shares', 'loyalty_assessments', 'customer_profiles']) -}}
{% endmacro %}
