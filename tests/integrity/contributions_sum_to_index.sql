-- Of every customer and every segment: the contributions of the factors sum to the index, and their weights to 1.
-- Where there is no index there is no contribution.
{%- set indices = [
    ('fct_customer_satisfaction', 'satisfaction_index', 'fct_customer_factor_satisfaction', ['survey_id', 'customer_id']),
    ('fct_segment_satisfaction', 'satisfaction_index', 'fct_segment_factor_satisfaction',
        ['survey_id', 'segment_type', 'segment_value']),
    ('fct_customer_loyalty', 'loyalty_index', 'fct_customer_factor_loyalty', ['month_start', 'customer_id']),
] %}
{% for mart, index, factors, keys in indices %}
select
    '{{ mart }}' as mart,
    cast(marts.{{ keys[0] }} as {{ dbt.type_string() }}) as wave_or_month,
    marts.{{ keys[-1] }} as member,
    marts.{{ index }} as index_value,
    parts.contribution,
    parts.weight
from {{ ref(mart) }} as marts
left join (
    select
        {{ keys | join(', ') }},
        sum(contribution) as contribution,
        sum(weight) as weight
    from {{ ref(factors) }}
    group by {{ keys | join(', ') }}
) as parts
    on {% for key in keys %}marts.{{ key }} = parts.{{ key }}{{ " and " if not loop.last }}{% endfor %}
where
    (marts.{{ index }} is null and parts.contribution is not null)
    or (
        marts.{{ index }} is not null
        and not coalesce(abs(parts.contribution - marts.{{ index }}) <= 1e-9 and abs(parts.weight - 1) <= 1e-9, false)
    )
{{ "union all" if not loop.last }}
{%- endfor %}
