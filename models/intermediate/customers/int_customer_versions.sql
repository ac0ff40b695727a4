-- What is known of every customer, and when: one row per version, open at both ends of time. A customer that only facts
-- name has one version without attributes.
with declared as (
    select * from {{ ref('int_declared_customers') }}
),

-- every accepted row that names a customer
seen as (
    {% for model, first_day, last_day, is_behaviour in dbt_satisfaction.facts() %}
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
),

facts as (
    select
        customer_id,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on,
        bool_or(has_behaviour) as has_behaviour,
        bool_or(is_anonymous) as is_anonymous
    from seen
    group by all
)

select
    coalesce(declared.customer_id, facts.customer_id) as customer_id,
    declared.customer_name,
    declared.customer_type,
    declared.gender,
    declared.birth_date,
    declared.region,
    declared.education,
    declared.industry,
    {%- for name in dbt_satisfaction.declared_columns('customers') %}
    declared.x_{{ name }},
    {%- endfor %}
    declared.customer_id is not null as is_declared,
    least(declared.joined_on, facts.first_seen_on) as related_since,
    declared.joined_on,
    facts.first_seen_on,
    facts.last_seen_on,
    coalesce(facts.has_behaviour, false) as has_behaviour,
    coalesce(facts.is_anonymous, false) as is_anonymous,
    coalesce(declared.valid_from, cast('1000-01-01' as date)) as valid_from,
    coalesce(declared.valid_to, cast('9999-12-31' as date)) as valid_to
from declared
full outer join facts on declared.customer_id = facts.customer_id
