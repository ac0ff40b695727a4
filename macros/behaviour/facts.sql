{% macro facts() %}
    {%- set facts = [] -%}
    {%- for fact in [
        ('stg_responses', 'cast(first_answered_at as date)', 'cast(last_answered_at as date)', 'false'),
        ('int_purchases', 'first_seen_on', 'last_seen_on', 'bool_or(n_purchases > 0)'),
        ('stg_subscriptions', 'started_on', 'started_on', 'true'),
        ('stg_complaints', 'cast(opened_at as date)', 'cast(opened_at as date)', 'false'),
        ('stg_competitor_shares', 'observed_on', 'observed_on', 'true'),
        ('stg_loyalty_assessments', 'assessed_on', 'assessed_on', 'true'),
        ('stg_customer_profiles', 'as_of', 'as_of', 'false'),
    ] -%}
        {%- if ('survey' if fact[0] == 'stg_responses' else 'behaviour') in var('areas') -%}{%- do facts.append(fact) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(facts) -}}
{% endmacro %}
