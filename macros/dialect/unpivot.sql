{#- Columns to rows, nulls included, in one pass. What differs between engines: unnest of lists here, stack() elsewhere. -#}
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
