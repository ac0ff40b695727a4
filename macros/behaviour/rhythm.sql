{#- The mean leans on all customers since a gap seen once says little; many say nearly all. -#}
{% macro own_gap(purchases, before='') -%}
    (
            ({{ var('gap_prior') }} * gaps.typical_gap_days + {{ purchases }}.span_days{{ before }})
            / ({{ var('gap_prior') }} + {{ purchases }}.n_days{{ before }} - 1)
        )
{%- endmacro %}
