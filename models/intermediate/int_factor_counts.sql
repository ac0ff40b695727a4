-- The one large intermediate: how often each customer gave each level to each factor in a wave (n_ij).
-- Level sums are exact decimals, so that no figure depends on the order in which rows are read.
with answers as (
    select * from {{ ref('stg_survey_answers') }}
    where role = 'performance'
)

select
    survey_id,
    customer_id,
    factor_id,
    count(level) as n_valid,
    count(*) - count(level) as n_missing,
    {%- for level in range(1, dbt_satisfaction.longest_scale() + 1) %}
    count(*) filter (where level = {{ level }}) as n_level_{{ level }},
    {%- endfor %}
    cast(coalesce(sum(cast(value as decimal(18, 6))), 0) as double) as value_sum
from answers
group by all
