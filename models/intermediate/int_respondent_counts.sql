{{ dbt_satisfaction.rebuilt_by_survey('int_respondent_versions') }}

-- How often each respondent of a wave gave each level to each factor (n_ij): one row each, a column per factor and
-- level; and per factor the number of valid answers and the sum of their values. Nearly all send one response per wave;
-- only the others need to be added up.
-- noqa: disable=LT02
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set names = dbt_satisfaction.count_columns() %}

with responses as (
    select * from {{ ref('stg_responses') }}
),

versions as (
    {{ dbt_satisfaction.surveys_to_build('int_respondent_versions') }}
),

respondents as (
    select * from {{ ref('int_customer_waves') }}
    where survey_id in (select survey_id from versions)
),

levels as {{ dbt_satisfaction.inlined() }} (
    select
        respondents.survey_id,
        respondents.customer_id,
        respondents.version,
        respondents.n_rows
        {%- for factor in factors %}
        {%- for question in factor.questions %},
        responses.{{ question.column }} as q_{{ factor.factor_no }}_{{ loop.index }}
        {%- endfor %}
        {%- endfor %}
    from responses
    inner join respondents
        on responses.survey_id = respondents.survey_id
        and responses.customer_id = respondents.customer_id
),

counts as {{ dbt_satisfaction.inlined() }} (
    select
        survey_id,
        customer_id,
        version,
        n_rows
        {%- for factor in factors %}
        {%- for level in range(1, factor.levels | length + 1) | list + [0] %},
        {% for question in factor.questions -%}
        case when q_{{ factor.factor_no }}_{{ loop.index }} = {{ level }} then 1 else 0 end{{ " + " if not loop.last }}
        {%- endfor %} as n_{{ factor.factor_no }}_{{ level if not loop.last else 'missing' }}
        {%- endfor %}
        {%- endfor %}
    from levels
),

respondent_counts as {{ dbt_satisfaction.inlined() }} (
    select
        {{ (names + ['survey_id', 'customer_id', 'version']) | join(',\n        ') }}
    from counts
    where n_rows = 1
    union all
    select
        {%- for name in names %}
        cast(sum({{ name }}) as integer) as {{ name }},
        {%- endfor %}
        survey_id,
        customer_id,
        version
    from counts
    where n_rows > 1
    group by survey_id, customer_id, version
)

select
    survey_id,
    customer_id,
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    {%- for factor in factors %}
    {% for level in factor.levels %}n_{{ factor.factor_no }}_{{ level.level }}{{ " + " if not loop.last }}{% endfor %} as valid_{{ factor.factor_no }},
    cast({{ dbt_satisfaction.value_sum(factor) }} as double) as sum_{{ factor.factor_no }},
    {%- endfor %}
    version
from respondent_counts
