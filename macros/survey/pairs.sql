{#- Two segment types crossed. A column is named by both, gender__x__region, since SQL has no blanks in names. -#}

{% macro segment_pairs() %}
    {%- set named = var('segment_pairs') or [] -%}
    {%- set types = dbt_satisfaction.segment_types() -%}
    {%- set pairs = [] -%}
    {%- for name in ([named] if named is string or named is not iterable or named is mapping else named) | unique -%}
        {%- set parts = (name | string).split(' x ') -%}
        {%- set wrong = [] -%}
        {%- if name is not string or parts | length != 2 -%}
            {%- do wrong.append("does not name two segment types. Write it as 'gender x region'.") -%}
        {%- elif parts[0] == parts[1] -%}
            {%- do wrong.append("crosses a segment type with itself. Name two of " ~ types | join(', ') ~ ".") -%}
        {%- endif -%}
        {%- for part in parts if not wrong and part not in types -%}
            {%- do wrong.append("crosses '" ~ part ~ "', which is not in segment_by. Add it there, or cross two of "
                ~ types | join(', ') ~ ".") -%}
        {%- endfor -%}
        {%- if wrong -%}
            {{ exceptions.raise_compiler_error("var segment_pairs: '" ~ name ~ "' " ~ wrong[0]) }}
        {%- endif -%}
        {%- do pairs.append({'type': name, 'column': parts | join('__x__'), 'rows': parts[0], 'columns': parts[1]}) -%}
    {%- endfor -%}
    {{- return(pairs) -}}
{% endmacro %}

{% macro respondent_types() %}
    {{- return(['total'] + dbt_satisfaction.segment_types() + dbt_satisfaction.segment_pairs() | map(attribute='column') | list) -}}
{% endmacro %}

{% macro with_pairs(relation) -%}
    {%- set pairs = dbt_satisfaction.segment_pairs() -%}
    {%- if pairs -%}
    (
        select
            *
            {%- for pair in pairs %},
            concat({{ pair.rows }}, '|', {{ pair.columns }}) as {{ pair.column }}
            {%- endfor %}
        from {{ relation }} as uncrossed
    )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro type_of_column(name) -%}
    {{ "replace(" ~ name ~ ", '__x__', ' x ')" if dbt_satisfaction.segment_pairs() else name }}
{%- endmacro %}

{% macro is_pair(segment_type) -%}
    {{ segment_type }} like '% x %'
{%- endmacro %}

{#- A to Z, then AA to ZZ. -#}
{% macro column_letter(number) -%}
    {%- set letters = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'" -%}
    {%- set place = "cast(" ~ number ~ " as integer) - 1" -%}
    concat(
        case when {{ number }} > 26 then substring({{ letters }}, cast(floor(({{ place }}) / 26.0) as integer), 1) else '' end,
        substring({{ letters }}, ({{ place }}) % 26 + 1, 1)
    )
{%- endmacro %}
