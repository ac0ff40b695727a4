-- Every customer that any accepted row names, with the first and the last day on which it was seen.
{%- set facts = [
    ('stg_responses', 'cast(first_answered_at as date)', 'cast(last_answered_at as date)', 'false'),
    ('int_purchases', 'first_seen_on', 'last_seen_on', 'bool_or(n_purchases > 0)'),
    ('stg_subscriptions', 'started_on', 'started_on', 'true'),
    ('stg_complaints', 'cast(opened_at as date)', 'cast(opened_at as date)', 'false'),
    ('stg_competitor_shares', 'observed_on', 'observed_on', 'true'),
    ('stg_loyalty_assessments', 'assessed_on', 'assessed_on', 'true'),
    ('stg_customer_profiles', 'as_of', 'as_of', 'false'),
] %}

with facts as (
    {% for model, first_day, last_day, is_behaviour in facts %}
    select
        customer_id,
        min({{ first_day }}) as first_seen_on,
        max({{ last_day }}) as last_seen_on,
        {{ is_behaviour }} as has_behaviour,
        {{ 'bool_or(is_anonymous)' if model == 'stg_responses' else 'false' }} as is_anonymous
    from {{ ref(model) }}
    {%- if model == 'int_purchases' %}
    where first_seen_on is not null
    {%- endif %}
    group by customer_id
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    customer_id,
    min(first_seen_on) as first_seen_on,
    max(last_seen_on) as last_seen_on,
    bool_or(has_behaviour) as has_behaviour,
    bool_or(is_anonymous) as is_anonymous
from facts
group by all
