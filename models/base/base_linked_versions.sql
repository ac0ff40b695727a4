-- The version of each survey together with those of the surveys that share a response with it: a response that is
-- sent again in another survey supersedes what it said in the first one. It begins with that of the code by which
-- respondents are counted.
{%- set code = dbt_satisfaction.code_version(dbt_satisfaction.kept_by('base_linked_versions')) if execute %}

with versions as (
    select * from {{ ref('base_survey_versions') }}
),

repeated as (
    select
        sheets.response_id,
        sheets.survey_id
    from {{ ref('base_answer_sheets') }} as sheets
    inner join {{ ref('base_repeated_responses') }} as repeated on sheets.response_id = repeated.response_id
    where repeated.n_sheets > 1
),

shared as (
    select
        ours.survey_id,
        {{ dbt_satisfaction.fingerprint(['theirs.response_id', 'versions.version']) }} as version
    from repeated as ours
    inner join repeated as theirs on ours.response_id = theirs.response_id and ours.survey_id != theirs.survey_id
    inner join versions on theirs.survey_id = versions.survey_id
    group by ours.survey_id
)

select
    versions.survey_id,
    concat_ws(' ', '{{ code }}', versions.version, shared.version) as version
from versions
left join shared on versions.survey_id = shared.survey_id
