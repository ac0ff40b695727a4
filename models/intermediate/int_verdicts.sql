{{ dbt_satisfaction.rebuilt_by_survey('int_respondent_versions') }}

-- Who answered in which wave, with the three loyalty indicators, and whether the verdict is a satisfied
-- one on its scale: those of the customer's latest response that has them.
{%- set indicators = [
    ('overall', 'level_of_five', 'bigint', 'overall_level'),
    ('overall', 'is_satisfied', 'boolean', 'is_satisfied'),
    ('recommend', 'value', 'double', 'recommendation'),
    ('repurchase', 'value_share', 'double', 'repeat_probability'),
] %}
{%- set latest = "(coalesce(last_answered_at, cast('1900-01-01' as timestamp)), response_id)" %}
{%- do ref('int_scale_levels') %}

with versions as (
    {{ dbt_satisfaction.surveys_to_build('int_respondent_versions') }}
),

responses as (
    select
        answered.survey_id,
        answered.customer_id,
        answered.response_id,
        answered.is_anonymous,
        answered.n_answers,
        answered.n_valid_answers,
        answered.first_answered_at,
        answered.last_answered_at,
        {%- for role, figure, type, name in indicators %}
        -- of several questions with this role the last by name that has an answer
        coalesce(
            {%- for question in dbt_satisfaction.questionnaire([role]) | reverse %}
            {{ dbt_satisfaction.level_as(figure, question, type) }},
            {%- endfor %}
            cast(null as {{ type }})
        ) as {{ name }},
        {%- endfor %}
        versions.version
    from {{ ref('stg_responses') }} as answered
    inner join versions on answered.survey_id = versions.survey_id
)

select
    survey_id,
    customer_id,
    bool_or(is_anonymous) as is_anonymous,
    count(*) as n_rows,
    -- a response that is spelled in two ways, or stands in both tables, has two rows
    count(distinct response_id) as n_responses,
    cast(sum(n_valid_answers) as bigint) as n_valid_answers,
    cast(sum(n_answers - n_valid_answers) as bigint) as n_missing_answers,
    min(first_answered_at) as first_answered_at,
    max(last_answered_at) as last_answered_at,
    {%- for role, figure, type, name in indicators %}
    max_by({{ name }}, {{ latest }}) filter (where {{ name }} is not null) as {{ name }},
    {%- endfor %}
    version
from responses
group by survey_id, customer_id, version
