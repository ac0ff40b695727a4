-- Whether each customer is satisfied with every key factor, from the latest wave by the end of a month in which one of
-- them was answered: one row per customer and stretch of months, from_month <= month < to_month (null = without end).
-- Null where none is known to be unsatisfactory and some were not answered: no answer is no verdict.
-- noqa: disable=LT02
{%- set factors = dbt_satisfaction.key_factors() %}
{%- set asked = factors | selectattr('column', 'defined') | list %}

with answers as (
    select * from {{ dbt_satisfaction.ref_if_on('int_respondent_answers') }}
),

answered as (
    select
        answers.survey_id,
        answers.customer_id,
        coalesce(cast(answers.last_answered_at as date), waves.wave_date) as answered_on,
        {% for factor in factors -%}
        {%- if factor.column -%}
        case
            when answers.{{ factor.column }}_n > 0 then
                {% for level in factor.levels if not level.is_satisfied %}answers.{{ factor.column }}_level_{{ level.level }} + {% endfor %}0 = 0
        end
        {%- else -%}
        cast(null as boolean)
        {%- endif %}{{ " and " if not loop.last }}
        {%- else -%}
        cast(null as boolean)
        {%- endfor %} as is_satisfied
    from answers
    inner join {{ dbt_satisfaction.ref_if_on('int_waves') }} as waves on answers.survey_id = waves.survey_id
    where
        {% for factor in asked -%}
        answers.{{ factor.column }}_n > 0{{ " or " if not loop.last }}
        {%- else -%}
        1 = 0
        {%- endfor %}
),

stretches as (
    select
        *,
        {{ dbt_satisfaction.stretch_of_answer() }}
    from answered
)

select
    customer_id,
    from_month,
    to_month,
    survey_id,
    is_satisfied
from stretches
where to_month is null or from_month < to_month
