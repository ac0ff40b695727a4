{#- What differs between engines: unnest of lists here, stack() elsewhere. -#}
{% macro unpivot_columns(relation, kept, columns, name_as, value_as) %}
    {{- return(adapter.dispatch('unpivot_columns', 'dbt_satisfaction')(relation, kept, columns, name_as, value_as)) -}}
{% endmacro %}

{% macro duckdb__unpivot_columns(relation, kept, columns, name_as, value_as) -%}
    (
        select
            {{ kept | join(', ') }},
            unnest([{% for name in columns %}'{{ name | replace("'", "''") }}'{{ ", " if not loop.last }}{% endfor %}]) as {{ name_as }},
            unnest([{% for name in columns %}{{ dbt_satisfaction.quoted_name(name) }}{{ ", " if not loop.last }}{% endfor %}]) as {{ value_as }}
        from {{ relation }}
    )
{%- endmacro %}

{% macro spark__unpivot_columns(relation, kept, columns, name_as, value_as) -%}
    (
        select
            {{ kept | join(', ') }},
            stack(
                {{ columns | length }}
                {%- for name in columns %},
                {{ dbt_satisfaction.text_literal(name) }}, {{ dbt_satisfaction.quoted_name(name) }}
                {%- endfor %}
            ) as ({{ name_as }}, {{ value_as }})
        from {{ relation }}
    )
{%- endmacro %}

{% macro unpivot_groups(relation, kept, rows, names) %}
    {{- return(adapter.dispatch('unpivot_groups', 'dbt_satisfaction')(relation, kept, rows, names)) -}}
{% endmacro %}

{% macro duckdb__unpivot_groups(relation, kept, rows, names) -%}
    (
        select
            {{ kept | join(', ') }}
            {%- for name in names %},
            unnest([{{ rows | map(attribute=loop.index0) | join(', ') }}]) as {{ name }}
            {%- endfor %}
        from {{ relation }}
    )
{%- endmacro %}

{#- Spark's stack() takes the rows one after the other. -#}
{% macro spark__unpivot_groups(relation, kept, rows, names) -%}
    (
        select
            {{ kept | join(', ') }},
            stack({{ rows | length }}{% for row in rows %}, {{ row | join(', ') }}{% endfor %}) as ({{ names | join(', ') }})
        from {{ relation }}
    )
{%- endmacro %}
