{#- What differs between engines: the name of the fold and of its lambda. -#}
{% macro replay_levels(steps, start, lowest, highest) %}
    {{- return(adapter.dispatch('replay_levels', 'dbt_satisfaction')(steps, start, lowest, highest)) -}}
{% endmacro %}

{% macro duckdb__replay_levels(steps, start, lowest, highest) -%}
    list_reduce(
        {{ steps }},
        lambda levels, step: list_append(
            levels,
            case
                when step[1] > 0 then step[1]
                else greatest({{ lowest }}, least({{ highest }}, levels[len(levels)] + step[2]))
            end
        ),
        [{{ start }}]
    )
{%- endmacro %}

{#- Spark takes the columns of a table for fields of a lambda's argument of the same name. -#}
{% macro spark__replay_levels(steps, start, lowest, highest) -%}
    aggregate(
        {{ steps }},
        array(cast({{ start }} as bigint)),
        (path, moved) -> array_append(
            path,
            case
                when moved.set_level > 0 then moved.set_level
                else greatest({{ lowest }}, least({{ highest }}, element_at(path, -1) + moved.change))
            end
        )
    )
{%- endmacro %}

{% macro ordered_steps(set_level, change, month) %}
    {{- return(adapter.dispatch('ordered_steps', 'dbt_satisfaction')(set_level, change, month)) -}}
{% endmacro %}

{% macro duckdb__ordered_steps(set_level, change, month) -%}
    list([cast({{ set_level }} as bigint), cast({{ change }} as bigint)] order by {{ month }})
{%- endmacro %}

{#- Spark collects in any order; structs are sorted by their first field. -#}
{% macro spark__ordered_steps(set_level, change, month) -%}
    array_sort(collect_list(named_struct(
        'month', {{ month }}, 'set_level', cast({{ set_level }} as bigint), 'change', cast({{ change }} as bigint)
    )))
{%- endmacro %}

{% macro element(values, n) %}{{ return(adapter.dispatch('element', 'dbt_satisfaction')(values, n)) }}{% endmacro %}

{% macro duckdb__element(values, n) -%}
    {{ values }}[{{ n }}]
{%- endmacro %}

{% macro spark__element(values, n) -%}
    element_at({{ values }}, cast({{ n }} as integer))
{%- endmacro %}
