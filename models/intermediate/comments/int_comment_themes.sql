-- The themes that each open answer names, once each, and how it speaks of them: mixed where it names one in a good and
-- in a bad way. A keyword is looked for in what is left when its unless_pattern is taken out.
{%- set pattern = dbt_satisfaction.comment_form('pattern') %}
{%- set unless_pattern = dbt_satisfaction.comment_form('unless_pattern') %}

with comments as (
    select
        survey_id,
        response_id,
        question_id,
        normal_text,
        {{ dbt_satisfaction.as_words('normal_text') }} as words
    from {{ ref('int_comments') }}
),

keywords as (
    select
        theme_id,
        match,
        polarity,
        case match
            when 'regex' then pattern
            when 'word' then {{ dbt_satisfaction.as_words(pattern) }}
            else {{ pattern }}
        end as pattern,
        case match
            when 'regex' then unless_pattern
            when 'word' then {{ dbt_satisfaction.as_words(unless_pattern) }}
            else {{ unless_pattern }}
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
            when keywords.match = 'word'
                then coalesce(replace(comments.words, keywords.unless_pattern, ' '), comments.words)
            when keywords.unless_pattern is null then comments.normal_text
            when keywords.match = 'regex'
                then {{ dbt_satisfaction.without_matches('comments.normal_text', 'keywords.unless_pattern') }}
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
        case
            when match = 'regex' then {{ dbt_satisfaction.has_match('left_text', 'pattern') }}
            else position(pattern in left_text) > 0
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
