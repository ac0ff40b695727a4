-- What is known of every customer, and when: one row per version, open at both ends of time.
-- A customer that only facts name has one version without attributes.
with declared as (
    select * from {{ ref('stg_customers') }}
),

facts as (
    select * from {{ ref('int_customer_facts') }}
),

known as (
    select customer_id from declared
    union distinct
    select customer_id from facts
),

joined_on as (
    select customer_id, min(joined_on) as joined_on
    from declared
    group by all
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
    least(joined_on.joined_on, facts.first_seen_on) as related_since,
    joined_on.joined_on,
    facts.first_seen_on,
    facts.last_seen_on,
    coalesce(facts.has_behaviour, false) as has_behaviour,
    coalesce(facts.is_anonymous, false) as is_anonymous,
    case
        when lag(known.customer_id) over versions is null then cast('1000-01-01' as date)
        else declared.valid_from
    end as valid_from,
    coalesce(lead(declared.valid_from) over versions, cast('9999-12-31' as date)) as valid_to
from known
left join declared on known.customer_id = declared.customer_id
left join facts on known.customer_id = facts.customer_id
left join joined_on on known.customer_id = joined_on.customer_id
window versions as (partition by known.customer_id order by declared.valid_from asc nulls first)
