-- How many open answers name each theme, and how satisfied those were who did.
{%- set naming = ['n_naming', 'n_comments'] %}
{%- set before = ['n_naming_before', 'n_comments_before'] %}
{%- set cell = ['survey_id', 'segment_type', 'segment_value'] %}

with sums as (
    select
        {{ cell | join(',\n        ') }},
        theme_id,
        n_comments,
        n_naming,
        n_positive,
        n_negative,
        n_overall,
        overall_sum,
        overall_squares
    from {{ ref('int_comment_sums') }}
),

cells as (
    select
        {{ cell | join(',\n        ') }},
        n_comments
    from sums
    where theme_id = 'all'
),

themes as (
    select
        theme_id,
        factor_id,
        label_zh,
        label_en
    from {{ dbt_satisfaction.method_table('comment_themes') }}
    union all
    select
        'all' as theme_id,
        cast(null as {{ dbt.type_string() }}) as factor_id,
        '任一主题' as label_zh,
        'Any theme' as label_en
),

counted as (
    select
        {{ dbt_satisfaction.prefixed('cells.', cell) | join(',\n        ') }},
        cells.n_comments,
        themes.theme_id,
        themes.factor_id,
        themes.label_zh,
        themes.label_en,
        coalesce(sums.n_naming, 0) as n_naming,
        case when themes.theme_id != 'all' then coalesce(sums.n_positive, 0) end as n_positive,
        case when themes.theme_id != 'all' then coalesce(sums.n_negative, 0) end as n_negative,
        coalesce(sums.n_overall, 0) as n_overall,
        sums.overall_sum / nullif(sums.n_overall, 0) as mean_overall,
        greatest(
            sums.overall_squares - sums.overall_sum * sums.overall_sum / nullif(sums.n_overall, 0), 0e0
        ) / nullif(sums.n_overall - 1, 0) as variance
    from cells
    cross join themes
    left join sums
        on {{ dbt_satisfaction.are_same('cells', 'sums', cell) }} and themes.theme_id = sums.theme_id
),

compared as (
    select
        counted.*,
        waves.previous_survey_id,
        earlier.n_comments as n_comments_before,
        earlier.n_naming as n_naming_before
    from counted
    inner join {{ ref('int_waves') }} as waves on counted.survey_id = waves.survey_id
    left join counted as earlier
        on waves.previous_survey_id = earlier.survey_id
        and {{ dbt_satisfaction.are_same('counted', 'earlier', ['segment_type', 'segment_value', 'theme_id']) }}
),

{%- set half = dbt_satisfaction.t_value('n_overall - 1') ~ ' * sqrt(variance / nullif(n_overall, 0))' %}

figures as (
    select
        compared.*,
        {{ dbt_satisfaction.share_of(*naming) }} as naming_share,
        {{ dbt_satisfaction.wilson_low(*naming) }} as share_low,
        {{ dbt_satisfaction.wilson_high(*naming) }} as share_high,
        {{ half }} as half_width,
        {{ dbt_satisfaction.share_difference(*(naming + before)) }} as share_change,
        {{ dbt_satisfaction.newcombe_low(*(naming + before)) }} as change_low,
        {{ dbt_satisfaction.newcombe_high(*(naming + before)) }} as change_high
    from compared
)

select
    {{ cell | join(',\n    ') }},
    theme_id,
    label_zh,
    label_en,
    factor_id,
    n_comments,
    n_naming,
    naming_share,
    share_low,
    share_high,
    n_positive,
    n_negative,
    n_overall,
    mean_overall,
    -- greatest and least pass over null
    case when n_overall > 1 then greatest(mean_overall - half_width, 1e0) end as mean_low,
    case when n_overall > 1 then least(mean_overall + half_width, 5e0) end as mean_high,
    case when n_comments_before > 0 then previous_survey_id end as previous_survey_id,
    share_change,
    change_low,
    change_high,
    n_comments >= {{ var('min_respondents') }} as is_reliable
from figures
