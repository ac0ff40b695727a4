{{ dbt_satisfaction.rebuilt_by_survey('int_survey_versions') }}

-- How each respondent of a wave filled the questionnaire in: by which channel, how fast, and whether all answers on one
-- scale are the same. Nobody is left out for it.
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set least = var('straight_lining_questions') %}
{%- set latest = "(coalesce(last_answered_at, cast('1900-01-01' as timestamp)), response_id)" %}
{%- set scales = [] %}
{%- for scale_id, members in factors | groupby('scale_id') %}
{%- set columns = dbt_satisfaction.prefixed('counts.', members | map(attribute='column')) %}
{%- set levels = [] %}
{%- for level in range(1, members[0].levels | length + 1) %}
{%- do levels.append(columns | join('_level_' ~ level ~ ' + ') ~ '_level_' ~ level) %}
{%- endfor %}
{%- do scales.append({'valid': columns | join('_n + ') ~ '_n', 'levels': levels}) %}
{%- endfor %}

with versions as (
    {{ dbt_satisfaction.surveys_to_build('int_survey_versions') }}
),

-- a response that is spelled in two ways, or stands in both tables, has two rows
responses as (
    select
        answered.survey_id,
        answered.customer_id,
        answered.response_id,
        min(answered.channel) as channel,
        min(answered.first_answered_at) as first_answered_at,
        max(answered.last_answered_at) as last_answered_at,
        min(answered.started_at) as started_at,
        max(answered.duration_seconds) as duration_seconds,
        versions.version
    from {{ ref('stg_responses') }} as answered
    inner join versions on answered.survey_id = versions.survey_id
    group by answered.survey_id, answered.customer_id, answered.response_id, versions.version
),

-- the time that is given, else from the start that is given, else from the first answer to the last: answers that all
-- came at one moment, as from a paper sheet, say nothing of it
timed as (
    select
        *,
        coalesce(
            duration_seconds,
            {{ dbt_satisfaction.seconds_between('coalesce(started_at, first_answered_at)', 'last_answered_at') }}
        ) as seconds
    from responses
),

-- of several responses the latest has the channel, and the fastest the time; who came back after hours was away
respondents as (
    select
        survey_id,
        customer_id,
        version,
        max_by(channel, {{ latest }}) filter (where channel is not null) as channel,
        min(case
            when seconds > 0 and seconds <= {{ var('longest_duration_hours') }} * 3600e0 then seconds
        end) as seconds_to_complete
    from timed
    group by survey_id, customer_id, version
),

medians as (
    select
        survey_id,
        median(seconds_to_complete) as median_seconds
    from respondents
    group by survey_id
    having count(seconds_to_complete) >= {{ var('min_respondents') }}
)

select
    respondents.survey_id,
    respondents.customer_id,
    respondents.channel,
    cast(respondents.seconds_to_complete as double) as seconds_to_complete,
    -- null where too few answers, or no times, tell nothing
    respondents.seconds_to_complete < medians.median_seconds * {{ var('speeder_share_of_median') }} as is_speeder,
    {%- if scales %}
    case
        when
            {%- for scale in scales %}
            {{ scale.valid }} >= {{ least }}{{ " or" if not loop.last }}
            {%- endfor %}
            then
                {%- for scale in scales %}
                (
                    {{ scale.valid }} >= {{ least }}
                    and greatest(
                        {{ scale.levels | join(',\n                        ') }}
                    ) = {{ scale.valid }}
                ){{ " or" if not loop.last }}
                {%- endfor %}
    end
    {%- else %}
    cast(null as boolean)
    {%- endif %} as is_straight_liner,
    respondents.version
from respondents
inner join {{ ref('int_respondent_answers') }} as counts
    on respondents.survey_id = counts.survey_id
    and respondents.customer_id = counts.customer_id
left join medians on respondents.survey_id = medians.survey_id
