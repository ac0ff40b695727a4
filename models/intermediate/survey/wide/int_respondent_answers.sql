{{ dbt_satisfaction.rebuilt_by_survey('int_respondent_versions') }}

-- What each respondent of a wave answered, in one row: when and how much; of the latest response that has them its
-- weight, the three loyalty indicators, and whether the verdict is a satisfied one on its scale; and for every factor
-- how often each level was given (n_ij, <factor>_level_<n>), how many answers are blank (<factor>_blank), number and
-- sum of the values of the others (<factor>_n, <factor>_sum). Nearly all send one response per wave; only the others
-- are added up.
-- noqa: disable=LT02,LT05
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set counts = dbt_satisfaction.count_columns() %}
{%- set indicators = [
    ('overall', 'level_of_five', 'bigint', 'overall_level'),
    ('overall', 'is_satisfied', 'boolean', 'is_satisfied'),
    ('recommend', 'value', 'double', 'recommendation'),
    ('repurchase', 'value_share', 'double', 'repeat_probability'),
] %}
{%- set latest_ones = ['respondent_weight'] + indicators | map(attribute=3) | list %}
{%- set latest = "(coalesce(last_answered_at, cast('1900-01-01' as timestamp)), response_id)" %}

with versions as (
    {{ dbt_satisfaction.surveys_to_build('int_respondent_versions') }}
),

responses as {{ dbt_satisfaction.inlined() }} (
    select
        responses.*,
        versions.version as _version
    from {{ ref('stg_responses') }} as responses
    inner join versions on responses.survey_id = versions.survey_id
),

repeated as (
    select
        survey_id,
        customer_id
    from responses
    group by survey_id, customer_id
    having count(*) > 1
),

answered as {{ dbt_satisfaction.inlined() }} (
    select
        survey_id,
        customer_id,
        response_id,
        is_anonymous,
        cast(n_valid_answers as bigint) as n_valid_answers,
        cast(n_answers - n_valid_answers as bigint) as n_missing_answers,
        first_answered_at,
        last_answered_at,
        respondent_weight,
        {%- for role, figure, type, name in indicators %}
        -- of several questions with this role the last by name that has an answer
        coalesce(
            {%- for question in dbt_satisfaction.questionnaire([role]) | reverse %}
            {{ dbt_satisfaction.level_as(figure, question, type) }},
            {%- endfor %}
            cast(null as {{ type }})
        ) as {{ name }},
        {%- endfor %}
        {%- for factor in factors %}
        {%- for level in range(1, factor.levels | length + 1) | list + [0] %}
        {% for question in factor.questions -%}
        case when {{ question.column }} = {{ level }} then 1 else 0 end{{ " + " if not loop.last }}
        {%- endfor %} as {{ factor.column }}_{{ 'level_' ~ level if not loop.last else 'blank' }},
        {%- endfor %}
        {%- endfor %}
        _version as version
    from responses
),

respondents as {{ dbt_satisfaction.inlined() }} (
    select
        answered.survey_id,
        answered.customer_id,
        answered.is_anonymous,
        cast(1 as bigint) as n_rows,
        cast(1 as bigint) as n_responses,
        answered.n_valid_answers,
        answered.n_missing_answers,
        answered.first_answered_at,
        answered.last_answered_at,
        {%- for name in latest_ones + counts %}
        answered.{{ name }},
        {%- endfor %}
        answered.version
    from answered
    left join repeated on answered.survey_id = repeated.survey_id and answered.customer_id = repeated.customer_id
    where repeated.customer_id is null
    union all
    select
        survey_id,
        customer_id,
        bool_or(is_anonymous) as is_anonymous,
        count(*) as n_rows,
        -- a response that is spelled in two ways, or stands in both tables, has two rows
        count(distinct response_id) as n_responses,
        cast(sum(n_valid_answers) as bigint) as n_valid_answers,
        cast(sum(n_missing_answers) as bigint) as n_missing_answers,
        min(first_answered_at) as first_answered_at,
        max(last_answered_at) as last_answered_at,
        {%- for name in latest_ones %}
        max_by({{ name }}, {{ latest }}) filter (where {{ name }} is not null) as {{ name }},
        {%- endfor %}
        {%- for name in counts %}
        cast(sum({{ name }}) as integer) as {{ name }},
        {%- endfor %}
        version
    from answered
    where (survey_id, customer_id) in (select survey_id, customer_id from repeated)
    group by survey_id, customer_id, version
)

select
    *
    {%- for factor in factors %},
    {% for level in factor.levels %}{{ factor.column }}_level_{{ level.level }}{{ " + " if not loop.last }}{% endfor %} as {{ factor.column }}_n,
    cast({{ dbt_satisfaction.value_sum(factor) }} as double) as {{ factor.column }}_sum
    {%- endfor %}
from respondents
