{#- The sum is the same whatever the order in which the engine adds. -#}
{% macro exact_mean(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- A bare cast rounds 0.285 down on DuckDB (in binary it is a hair less) and up on Spark (written out it is half):
    rounding the float first is the same everywhere. -#}
{% macro exact_amount(value, places=6) -%}
    cast(round({{ value }} * {{ 10 ** places }}) / {{ 10 ** places }} as decimal(18, {{ places }}))
{%- endmacro %}

{#- Engines have no such function, so the levels that reports use are listed. -#}
{% macro normal_quantiles() %}
    {{- return({0.8: 1.2815515655446004, 0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.98: 2.3263478740408408,
                0.99: 2.5758293035489004, 0.999: 3.2905267314919255}) -}}
{% endmacro %}

{% macro z_value() %}
    {{- return(dbt_satisfaction.normal_quantiles().get(var('confidence_level'))) -}}
{% endmacro %}

{#- Its logarithm less that of z is a polynomial in 1 / degrees of freedom, good to six digits;
    satisfaction.core.quantiles computes the coefficients. -#}
{% macro t_value(freedom) -%}
    {%- set coefficients = {
        0.8: [0.660593784244, 0.227263758938, 0.003880138389, -0.047873694791, 0.083373608239, -0.080325421348, 0.029193537587],
        0.9: [0.926386288992, 0.434300567405, 0.063381050793, -0.113132684123, 0.060100941454, -0.047130599496, 0.021173069994],
        0.95: [1.210364799215, 0.707576184227, 0.152378619100, -0.235909724400, -0.062425888484, 0.143081063423, -0.045900714860],
        0.98: [1.602974349135, 1.173888213251, 0.320067811049, -0.565468595437, -0.489244629965, 0.987664921282, -0.414070433604],
        0.99: [1.908736225280, 1.607685883377, 0.494632901390, -1.073574535311, -0.932541973665, 2.252470110613, -1.050074924320],
        0.999: [2.957345714861, 3.547520439097, 1.681589235263, -7.868134724879, 4.765735203940, 3.551043453314, -3.369975223091]
    }.get(var('confidence_level')) -%}
    {{ dbt_satisfaction.z_value() }}e0 * exp(
        {%- for coefficient in coefficients -%}
        {{ " + " if not loop.first }}{{ coefficient }}e0 / power(nullif({{ freedom }}, 0), {{ loop.index }})
        {%- endfor -%}
    )
{%- endmacro %}

{#- greatest and least pass over null, so n is asked first. -#}
{% macro wilson_low(k, n) -%}
    case when {{ n }} > 0 then greatest(0e0, {{ dbt_satisfaction.wilson_centre(k, n) }} - {{ dbt_satisfaction.wilson_half(k, n) }}) end
{%- endmacro %}

{% macro wilson_high(k, n) -%}
    case when {{ n }} > 0 then least(1e0, {{ dbt_satisfaction.wilson_centre(k, n) }} + {{ dbt_satisfaction.wilson_half(k, n) }}) end
{%- endmacro %}

{% macro wilson_centre(k, n) -%}
    {%- set square = dbt_satisfaction.z_value() ** 2 -%}
    ({{ k }} + {{ square / 2 }}e0) / ({{ n }} + {{ square }}e0)
{%- endmacro %}

{% macro wilson_half(k, n) -%}
    {%- set square = dbt_satisfaction.z_value() ** 2 -%}
    {{ dbt_satisfaction.z_value() }}e0 * sqrt(cast({{ k }} as double) * ({{ n }} - {{ k }}) / {{ n }} + {{ square / 4 }}e0) / ({{ n }} + {{ square }}e0)
{%- endmacro %}

{% macro share_of(k, n) -%}
    ({{ k }}) / cast(nullif({{ n }}, 0) as double)
{%- endmacro %}

{% macro newcombe_low(k1, n1, k2, n2) -%}
    {{ dbt_satisfaction.share_difference(k1, n1, k2, n2) }} - sqrt(
        power({{ dbt_satisfaction.share_of(k1, n1) }} - {{ dbt_satisfaction.wilson_low(k1, n1) }}, 2)
        + power({{ dbt_satisfaction.wilson_high(k2, n2) }} - {{ dbt_satisfaction.share_of(k2, n2) }}, 2)
    )
{%- endmacro %}

{% macro newcombe_high(k1, n1, k2, n2) -%}
    {{ dbt_satisfaction.share_difference(k1, n1, k2, n2) }} + sqrt(
        power({{ dbt_satisfaction.wilson_high(k1, n1) }} - {{ dbt_satisfaction.share_of(k1, n1) }}, 2)
        + power({{ dbt_satisfaction.share_of(k2, n2) }} - {{ dbt_satisfaction.wilson_low(k2, n2) }}, 2)
    )
{%- endmacro %}

{% macro share_difference(k1, n1, k2, n2) -%}
    ({{ dbt_satisfaction.share_of(k1, n1) }} - {{ dbt_satisfaction.share_of(k2, n2) }})
{%- endmacro %}
