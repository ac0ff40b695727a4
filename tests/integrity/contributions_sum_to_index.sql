-- Of every customer and every segment: the contributions of the factors sum to the index, and their weights to 1.
-- Where there is no index there is no contribution.
{%- set segment = ['survey_id', 'segment_type', 'segment_value'] %}
{%- set indices = [] %}
{%- if 'survey' in var('areas') %}
{%- do indices.extend([
    ('fct_customer_satisfaction', 'satisfaction_index', 'fct_customer_factor_satisfaction', ['survey_id', 'customer_id']),
    ('fct_segment_satisfaction', 'satisfaction_index', 'fct_segment_factor_satisfaction', segment),
]) %}
{%- endif %}
{%- if 'loyalty' in var('areas') %}
{%- do indices.append(
    ('fct_customer_loyalty', 'loyalty_index', 'fct_customer_factor_loyalty', ['month_start', 'customer_id'])
) %}
{%- endif %}

with {% for mart, index, factors, keys in indices %}
{{ factors }}_sums as (
    select {{ keys | join(', ') }}, sum(contribution) as contribution, sum(weight) as weight
    from {{ ref(factors) }}
    group by {{ keys | join(', ') }}
){{ "," if not loop.last }}
{% endfor %}

{%- for mart, index, factors, keys in indices %}
select
    '{{ mart }}' as mart,
    marts.{{ keys[-1] }} as member,
    marts.{{ index }} as index_value,
    sums.contribution,
    sums.weight
from {{ ref(mart) }} as marts
left join {{ factors }}_sums as sums
    on marts.{{ keys[0] }} = sums.{{ keys[0] }}
    {%- for key in keys[1:] %}
    and marts.{{ key }} = sums.{{ key }}
    {%- endfor %}
where
    (marts.{{ index }} is null and sums.contribution is not null)
    or (marts.{{ index }} is not null and not coalesce(abs(sums.contribution - marts.{{ index }}) <= 1e-9, false))
    or (marts.{{ index }} is not null and not coalesce(abs(sums.weight - 1) <= 1e-9, false))
{{ "union all" if not loop.last }}
{%- endfor %}
