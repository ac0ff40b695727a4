{% macro unknown_bias(score, n, m, least, greatest) -%}
    {{ m }} * case
        when {{ score }} - {{ least }} > {{ greatest }} - {{ score }} then {{ score }} - {{ least }}
        else {{ greatest }} - {{ score }}
    end / nullif({{ n }} + {{ m }}, 0)
{%- endmacro %}

{% macro survives_unknown(m, bias, half_width) -%}
    case when coalesce({{ m }}, 0) = 0 then true else coalesce({{ bias }} <= {{ half_width }}, false) end
{%- endmacro %}
