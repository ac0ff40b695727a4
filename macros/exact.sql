{#- A mean over exact decimals: the same whatever the order in which the engine adds. For magnitudes below 1e14. -#}
{% macro exact_mean(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- Two-sided quantile of the normal distribution for confidence_level. Engines have no such function, so the levels
    that reports use are listed. -#}
{% macro z_value() %}
    {%- set quantiles = {0.8: 1.2815515655446004, 0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.98: 2.3263478740408408,
                         0.99: 2.5758293035489004, 0.999: 3.2905267314919255} -%}
    {%- set level = var('confidence_level') | float -%}
    {%- if level not in quantiles -%}
        {{ exceptions.raise_compiler_error("var confidence_level: " ~ level ~ " is not an option. Use one of "
            ~ quantiles.keys() | join(', ') ~ ".") }}
    {%- endif -%}
    {{- return(quantiles[level]) -}}
{% endmacro %}
