{{ config(materialized='view') }}

-- Each respondent's mean answer to each factor, on the scale of the questions: performance_<n>, expectation_<n> and
-- cost_<n>, n being the place of the factor among those asked about, in the order of their names. A respondent with
-- several responses or questions has the mean of all valid answers.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set means = {} %}
{%- for factor in dbt_satisfaction.averaged_factors() %}
{%- for role, questions in factor.questions.items() %}
{%- do means.update({role ~ '_' ~ factor.factor_no: questions}) %}
{%- endfor %}
{%- endfor %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

sums as {{ dbt_satisfaction.inlined() }} (
    select
        {%- for name, questions in means.items() %}
        {% for question in questions -%}
        coalesce({{ dbt_satisfaction.level_as('value', question, 'double') }}, 0e0){{ " + " if not loop.last }}
        {%- endfor %} as sum_{{ name }},
        {% for question in questions -%}
        case when {{ question.column }} > 0 then 1 else 0 end{{ " + " if not loop.last }}
        {%- endfor %} as n_{{ name }},
        {%- endfor %}
        survey_id,
        customer_id,
        {{ types | join(', ') }},
        is_repeated
    from responses
),

-- nearly all respondents sent one response: only the others need to be added up
respondents as (
    select
        {%- for name in means %}
        sum_{{ name }},
        n_{{ name }},
        {%- endfor %}
        survey_id,
        customer_id,
        {{ types | join(', ') }}
    from sums
    where not is_repeated
    union all
    select
        {%- for name in means %}
        cast(sum(cast(sum_{{ name }} as decimal(38, 12))) as double) as sum_{{ name }},
        cast(sum(n_{{ name }}) as integer) as n_{{ name }},
        {%- endfor %}
        survey_id,
        customer_id,
        {{ types | join(', ') }}
    from sums
    where is_repeated
    group by survey_id, customer_id, {{ types | join(', ') }}
)

select
    {%- for name in means %}
    sum_{{ name }} / nullif(n_{{ name }}, 0) as {{ name }},
    {%- endfor %}
    survey_id,
    customer_id,
    {{ types | join(', ') }}
from respondents
