-- Open answers of each wave and segment, by the theme that they name; all of them are the theme all, of which those are
-- coded that name any.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with comments as (
    select
        comments.survey_id,
        comments.response_id,
        comments.question_id,
        verdicts.overall_level,
        {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
    from {{ ref('int_comments') }} as comments
    inner join {{ ref('int_respondent_segments') }} as segments
        on comments.survey_id = segments.survey_id and comments.customer_id = segments.customer_id
    left join {{ ref('int_verdicts') }} as verdicts
        on comments.survey_id = verdicts.survey_id and comments.customer_id = verdicts.customer_id
),

themes as (
    select * from {{ ref('int_comment_themes') }}
),

coded as (
    select distinct
        survey_id,
        response_id,
        question_id
    from themes
),

named as (
    select
        comments.*,
        themes.theme_id,
        themes.polarity,
        true as is_coded
    from comments
    inner join themes
        on comments.survey_id = themes.survey_id
        and comments.response_id = themes.response_id
        and comments.question_id = themes.question_id
    union all
    select
        comments.*,
        'all' as theme_id,
        'neutral' as polarity,
        coded.question_id is not null as is_coded
    from comments
    left join coded
        on comments.survey_id = coded.survey_id
        and comments.response_id = coded.response_id
        and comments.question_id = coded.question_id
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'named', ['survey_id', 'theme_id'],
    {
        'overall_sum': 'case when is_coded then overall_level end',
        'overall_squares': 'case when is_coded then overall_level * overall_level end',
    },
    {
        'n_comments': 'true', 'n_naming': 'is_coded', 'n_overall': 'is_coded and overall_level is not null',
        'n_positive': "polarity in ('positive', 'mixed')", 'n_negative': "polarity in ('negative', 'mixed')",
    }
) }} as members
