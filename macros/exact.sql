{#- A mean over exact decimals: the same whatever the order in which the engine adds. For magnitudes below 1e14. -#}
{% macro exact_mean(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- A float as an exact decimal of so many places. A bare cast rounds 0.285 down on DuckDB (in binary it is a hair less)
    and up on Spark (written out it is half): rounding the float first is the same everywhere. -#}
{% macro exact_amount(value, places=6) -%}
    cast(round({{ value }} * {{ 10 ** places }}) / {{ 10 ** places }} as decimal(18, {{ places }}))
{%- endmacro %}

{#- Two-sided quantiles of the normal distribution by confidence level. Engines have no such function, so the levels
    that reports use are listed. -#}
{% macro normal_quantiles() %}
    {{- return({0.8: 1.2815515655446004, 0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.98: 2.3263478740408408,
                0.99: 2.5758293035489004, 0.999: 3.2905267314919255}) -}}
{% endmacro %}

{#- The quantile for confidence_level; checked_vars has made sure that there is one. -#}
{% macro z_value() %}
    {{- return(dbt_satisfaction.normal_quantiles().get(var('confidence_level'))) -}}
{% endmacro %}

{#- Student's two-sided quantiles by confidence level, for 1 to 12 degrees of freedom; beyond, the series of t_value is good
    to four digits and more. satisfaction.quantiles has the same. -#}
{% macro t_quantiles() %}
    {{- return({
        0.8: [3.077683537, 1.885618083, 1.637744354, 1.533206274, 1.475884049, 1.439755747,
              1.414923928, 1.39681531, 1.383028738, 1.372183641, 1.363430318, 1.356217334],
        0.9: [6.313751515, 2.91998558, 2.353363435, 2.131846786, 2.015048373, 1.943180281,
              1.894578605, 1.859548038, 1.833112933, 1.812461123, 1.795884819, 1.782287556],
        0.95: [12.70620474, 4.30265273, 3.182446305, 2.776445105, 2.570581836, 2.446911851,
               2.364624252, 2.306004135, 2.262157163, 2.228138852, 2.20098516, 2.17881283],
        0.98: [31.82051595, 6.964556734, 4.540702859, 3.746947388, 3.364929999, 3.142668403,
               2.997951567, 2.896459448, 2.821437925, 2.763769458, 2.718079184, 2.680997993],
        0.99: [63.65674116, 9.924843201, 5.84090931, 4.604094871, 4.032142984, 3.707428021,
               3.499483297, 3.355387331, 3.249835542, 3.169272673, 3.105806516, 3.054539589],
        0.999: [636.6192488, 31.59905458, 12.92397864, 8.610301581, 6.868826626, 5.958816179,
                5.407882521, 5.041305433, 4.780912586, 4.586893859, 4.436979338, 4.317791284]
    }) -}}
{% endmacro %}

{#- Student's quantile for confidence_level, by an expression of whole degrees of freedom; null where these are 0 or null.
    The series in 1 / degrees of freedom is 26.7.5 of Abramowitz and Stegun (1964). -#}
{% macro t_value(freedom) -%}
    {%- set z = dbt_satisfaction.z_value() -%}
    {%- set terms = [
        z, (z ** 3 + z) / 4, (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    case {{ freedom }}
        {%- for listed in dbt_satisfaction.t_quantiles().get(var('confidence_level')) %}
        when {{ loop.index }} then {{ listed }}e0
        {%- endfor %}
        else {% for term in terms %}{{ term }}e0 / power(nullif({{ freedom }}, 0), {{ loop.index0 }}){{ " + " if not loop.last }}{% endfor %}
    end
{%- endmacro %}

{#- Ends of Wilson's interval (1927) of a share k / n, null where n is 0. greatest and least pass over null, so n is asked
    first. k and n are counts: expressions that may stand in several places. -#}
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

{#- k / n as a share, null where n is 0. -#}
{% macro share_of(k, n) -%}
    ({{ k }}) / cast(nullif({{ n }}, 0) as double)
{%- endmacro %}

{#- Ends of the interval of a difference of two independent shares, k1 / n1 - k2 / n2, from their Wilson intervals
    (Newcombe 1998, method 10, hybrid score); null where n1 or n2 is 0. -#}
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

{#- k1 / n1 - k2 / n2, null where n1 or n2 is 0. -#}
{% macro share_difference(k1, n1, k2, n2) -%}
    ({{ dbt_satisfaction.share_of(k1, n1) }} - {{ dbt_satisfaction.share_of(k2, n2) }})
{%- endmacro %}
