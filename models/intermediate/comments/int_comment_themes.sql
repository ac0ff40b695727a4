-- The themes that each open answer names, once each, and how it speaks of them: mixed where it names one in a good and
-- in a bad way. A keyword is looked for in what is left when its unless_pattern is taken out.
{%- set words = dbt_satisfaction.as_words('comments.normal_text') %}
{%- set pattern_words, left_words = dbt_satisfaction.as_words('pattern'), dbt_satisfaction.as_words('left_text') %}
{%- set unless_words = dbt_satisfaction.as_words('keywords.unless_pattern') %}

with comments as (
    select
        survey_id,
        response_id,
        question_id,
        normal_text
    from {{ ref('int_comments') }}
),

keywords as (
    select
        theme_id,
        match,
        polarity,
        case when match = 'regex' then pattern else {{ dbt_satisfaction.comment_form('pattern') }} end as pattern,
        case
            when match = 'regex' then unless_pattern
            else {{ dbt_satisfaction.comment_form('unless_pattern') }}
        end as unless_pattern
    from {{ dbt_satisfaction.method_table('comment_keywords') }}
),

looked_at as (
    select
        comments.survey_id,
        comments.response_id,
        comments.question_id,
        keywords.theme_id,
        keywords.match,
        keywords.polarity,
        keywords.pattern,
        case
            when keywords.unless_pattern is null then comments.normal_text
            when keywords.match = 'regex'
                then {{ dbt_satisfaction.without_matches('comments.normal_text', 'keywords.unless_pattern') }}
            when keywords.match = 'word' then replace({{ words }}, {{ unless_words }}, ' | ')
            else replace(comments.normal_text, keywords.unless_pattern, ' | ')
        end as left_text
    from comments
    cross join keywords
),

found as (
    select
        survey_id,
        response_id,
        question_id,
        theme_id,
        max(case when polarity = 'positive' then 1 else 0 end) as is_positive,
        max(case when polarity = 'negative' then 1 else 0 end) as is_negative
    from looked_at
    where
        case match
            when 'contains' then position(pattern in left_text) > 0
            when 'word' then position({{ pattern_words }} in {{ left_words }}) > 0
            else {{ dbt_satisfaction.has_match('left_text', 'pattern') }}
        end
    group by survey_id, response_id, question_id, theme_id
)

select
    survey_id,
    response_id,
    question_id,
    theme_id,
    case
        when is_positive + is_negative = 2 then 'mixed'
        when is_positive = 1 then 'positive'
        when is_negative = 1 then 'negative'
        else 'neutral'
    end as polarity
from found
