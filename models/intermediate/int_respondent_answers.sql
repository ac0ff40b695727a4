{{ dbt_satisfaction.rebuilt_by_survey('int_respondent_versions') }}

-- The answers of each respondent of a wave, in one row: for every factor how often each level was given (n_ij,
-- <factor>_level_<n>), how many answers are blank (<factor>_blank), and number and sum of the values of the others
-- (<factor>_n, <factor>_sum). Nearly all send one response per wave; only the others need to be added up.
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
    select * from {{ ref('int_verdicts') }}
    where survey_id in (select survey_id from versions)
),

levels as {{ dbt_satisfaction.inlined() }} (
    select
        respondents.survey_id,
        respondents.customer_id,
        respondents.version,
        respondents.overall_level,
        respondents.n_rows
        {%- for factor in factors %}
        {%- for question in factor.questions %},
        responses.{{ question.column }} as {{ factor.column }}_{{ loop.index }}
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
        overall_level,
        n_rows
        {%- for factor in factors %}
        {%- for level in range(1, factor.levels | length + 1) | list + [0] %},
        {% for question in factor.questions -%}
        case when {{ factor.column }}_{{ loop.index }} = {{ level }} then 1 else 0 end{{ " + " if not loop.last }}
        {%- endfor %} as {{ factor.column }}_{{ 'level_' ~ level if not loop.last else 'blank' }}
        {%- endfor %}
        {%- endfor %}
    from levels
),

respondent_counts as {{ dbt_satisfaction.inlined() }} (
    select
        {{ (names + ['survey_id', 'customer_id', 'overall_level', 'version']) | join(',\n        ') }}
    from counts
    where n_rows = 1
    union all
    select
        {%- for name in names %}
        cast(sum({{ name }}) as integer) as {{ name }},
        {%- endfor %}
        survey_id,
        customer_id,
        overall_level,
        version
    from counts
    where n_rows > 1
    group by survey_id, customer_id, overall_level, version
)

select
    survey_id,
    customer_id,
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    {%- for factor in factors %}
    {% for level in factor.levels %}{{ factor.column }}_level_{{ level.level }}{{ " + " if not loop.last }}{% endfor %} as {{ factor.column }}_n,
    cast({{ dbt_satisfaction.value_sum(factor) }} as double) as {{ factor.column }}_sum,
    {%- endfor %}
    overall_level,
    version
from respondent_counts
