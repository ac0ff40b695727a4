{#- A customer's own typical gap between purchases, in days: its own gaps, and gap_prior typical gaps of all customers, as
    one mean. A gap seen once says little, many say nearly all. Null where nobody's gap is known. purchases: a relation
    with n_days and span_days, beside int_typical_gaps as gaps. -#}
{% macro own_gap(purchases, before='') -%}
    (
            ({{ var('gap_prior') }} * gaps.typical_gap_days + {{ purchases }}.span_days{{ before }})
            / ({{ var('gap_prior') }} + {{ purchases }}.n_days{{ before }} - 1)
        )
{%- endmacro %}
