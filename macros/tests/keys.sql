{% test keys(model, columns, nullable=[], where='1 = 1', refers_to=[]) %}

select
    'one row per {{ columns | join(", ") }}' as promise,
    {{ dbt_satisfaction.in_one_text(columns) }} as row_key,
    count(*) as n_rows
from {{ model }}
where {{ where }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{%- for reference in refers_to %}

union all

select
    '{{ reference.columns | join(", ") }} in {{ reference.to.identifier }}' as promise,
    {{ dbt_satisfaction.in_one_text(reference.columns) }} as row_key,
    count(*) as n_rows
from {{ model }} as child
where
    {% for column in reference.columns -%}
    child.{{ column }} is not null and
    {% endfor -%}
    not exists (
        select 1 from {{ reference.to }} as parent
        where {% for column in reference.columns %}child.{{ column }} = parent.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    )
group by {{ reference.columns | join(', ') }}
{%- endfor %}

{% endtest %}

{% macro in_one_text(columns) -%}
    concat({% for column in columns %}{{ "', ', " if not loop.first }}coalesce(cast({{ column }} as {{ dbt.type_string() }}), 'null'){{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}
