-- What is known of every customer, and when: one row per version, open at both ends of time.
-- A customer that only facts name has one version without attributes.
with declared as (
    select * from {{ ref('int_declared_customers') }}
),

facts as (
    select * from {{ ref('int_customer_facts') }}
),

known as (
    select customer_id from declared
    union distinct
    select customer_id from facts
)

select
    known.customer_id,
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
    coalesce(declared.valid_from, cast('1000-01-01' as date)) as valid_from,
    coalesce(declared.valid_to, cast('9999-12-31' as date)) as valid_to
from known
left join declared on known.customer_id = declared.customer_id
left join facts on known.customer_id = facts.customer_id
