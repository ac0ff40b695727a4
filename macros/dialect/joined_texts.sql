{#- What differs between engines: string_agg in an order here, a list of pairs that is sorted and joined elsewhere. -#}
{% macro joined_texts(text, separator, order_by) %}
    {{- return(adapter.dispatch('joined_texts', 'dbt_satisfaction')(text, separator, order_by)) -}}
{% endmacro %}

{% macro duckdb__joined_texts(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_texts(text, separator, order_by) -%}
    array_join(
        transform(array_sort(collect_list(struct({{ order_by }} as place, {{ text }} as part))), pair -> pair.part),
        '{{ separator }}'
    )
{%- endmacro %}
