-- What customers wrote, with its themes beside what else they said. The text itself is published where the var
-- show_comments says so, without what looks like an address or a number of a person.
with themes as (
    select
        survey_id,
        response_id,
        question_id,
        {{ dbt_satisfaction.joined_texts('theme_id', ', ', 'theme_id') }} as themes,
        count(*) as n_themes,
        bool_or(polarity in ('positive', 'mixed')) as is_positive,
        bool_or(polarity in ('negative', 'mixed')) as is_negative
    from {{ ref('int_comment_themes') }}
    group by survey_id, response_id, question_id
),

weakest as (
    select
        survey_id,
        customer_id,
        factor_id
    from {{ ref('py_customer_factor_index') }}
    where contribution is not null and 100 * weight - contribution > 1e-9
    qualify
        row_number() over (
            partition by survey_id, customer_id order by round(100 * weight - contribution, 9) desc, factor_id
        ) = 1
)

select
    comments.survey_id,
    comments.response_id,
    comments.question_id,
    comments.customer_id,
    comments.is_anonymous,
    {% if var('show_comments') -%}
    {{ dbt_satisfaction.without_contacts('comments.comment_text') }}
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif %} as comment_text,
    cast(length(comments.comment_text) as integer) as n_characters,
    themes.themes,
    cast(coalesce(themes.n_themes, 0) as integer) as n_themes,
    case
        when themes.is_positive and themes.is_negative then 'mixed'
        when themes.is_positive then 'positive'
        when themes.is_negative then 'negative'
        when themes.n_themes > 0 then 'neutral'
    end as polarity,
    verdicts.overall_level,
    weakest.factor_id as weakest_factor_id
from {{ ref('int_comments') }} as comments
left join themes
    on comments.survey_id = themes.survey_id
    and comments.response_id = themes.response_id
    and comments.question_id = themes.question_id
left join {{ ref('int_verdicts') }} as verdicts
    on comments.survey_id = verdicts.survey_id and comments.customer_id = verdicts.customer_id
left join weakest
    on comments.survey_id = weakest.survey_id and comments.customer_id = weakest.customer_id
