{{ config(materialized='table') }}

-- Stops the build with the list of what is wrong in the method tables; everything else waits for this model.
{% if execute and load_relation(ref('py_method_problems')) %}
    {%- set problems = run_query(
        "select table_name || coalesce('.' || nullif(column_name, ''), '') || coalesce(', ' || nullif(key, ''), '') || ': ' || problem || ' ' || mend "
        ~ "from " ~ ref('py_method_problems') ~ " order by 1"
    ).columns[0].values() | list -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "The method tables have " ~ problems | length ~ " problem(s):\n"
            ~ problems[:20] | join('\n') ~ ("\n…" if problems | length > 20)
        ) }}
    {%- endif -%}
{% endif %}

select count(*) as method_problems
from {{ ref('py_method_problems') }}
