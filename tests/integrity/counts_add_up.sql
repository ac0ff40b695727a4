-- Level counts sum to the valid answers; every kind of segment parts the customers, so that its counts sum to those of
-- the total; the total's valid answers are those of the customers, and these are the accepted answers, one by one.
{%- set counts = ['n_respondents', 'n_valid', 'n_missing'] %}

with segments as (
    select
        *,
        {% for level in range(1, dbt_satisfaction.longest_scale() + 1) -%}
        coalesce(n_level_{{ level }}, 0){{ " + " if not loop.last }}
        {%- endfor %} as n_levels
    from {{ ref('fct_segment_factor_satisfaction') }}
),

kinds as (
    select
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        survey_id, factor_id, segment_type, sum(abs(n_levels - n_valid)) as n_off
    from segments
    group by survey_id, factor_id, segment_type
),

customers as (
    select survey_id, factor_id, sum(n_valid) as n_valid, count(*) as n_respondents
    from {{ ref('fct_customer_factor_satisfaction') }}
    group by survey_id, factor_id
),

answers as (
    select survey_id, factor_id, count(level) as n_valid
    from {{ ref('stg_answers') }}
    where role = 'performance'
    group by survey_id, factor_id
)

select kinds.*
from kinds
inner join segments as totals
    on kinds.survey_id = totals.survey_id and kinds.factor_id = totals.factor_id and totals.segment_type = 'total'
left join customers on kinds.survey_id = customers.survey_id and kinds.factor_id = customers.factor_id
left join answers on kinds.survey_id = answers.survey_id and kinds.factor_id = answers.factor_id
where
    kinds.n_off > 0
    {%- for count in counts %}
    or kinds.{{ count }} != totals.{{ count }}
    {%- endfor %}
    or kinds.n_valid != coalesce(customers.n_valid, 0)
    or kinds.n_valid != coalesce(answers.n_valid, 0)
    or kinds.n_respondents != coalesce(customers.n_respondents, 0)
