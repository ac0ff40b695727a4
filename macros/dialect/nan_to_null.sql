{#- A figure from NumPy, whose missing value is NaN, as null. What differs between engines: nothing known. -#}
{% macro known(column) -%}
    case when not isnan({{ column }}) then {{ column }} end
{%- endmacro %}
