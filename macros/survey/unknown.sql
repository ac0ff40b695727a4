{#- How far a mean could move at the most if the m answers that are not understood were known beside the n that are: all of
    them at the end of the scale that lies farther away. -#}
{% macro unknown_bias(score, n, m, least, greatest) -%}
    {{ m }} * case
        when {{ score }} - {{ least }} > {{ greatest }} - {{ score }} then {{ score }} - {{ least }}
        else {{ greatest }} - {{ score }}
    end / nullif({{ n }} + {{ m }}, 0)
{%- endmacro %}

{#- Whether half a figure's interval is as wide as that: only then does the figure hold whatever they would have said. -#}
{% macro survives_unknown(m, bias, half_width) -%}
    case when coalesce({{ m }}, 0) = 0 then true else coalesce({{ bias }} <= {{ half_width }}, false) end
{%- endmacro %}
