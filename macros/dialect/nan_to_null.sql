{#- What differs between engines: nothing known. -#}
{% macro nan_to_null(column) -%}
    case when not isnan({{ column }}) then {{ column }} end
{%- endmacro %}
