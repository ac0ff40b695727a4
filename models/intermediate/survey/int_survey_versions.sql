-- The version of everything that the indices of a survey are computed from: the code and the Python package, which it
-- begins with, its answers, the segments of its respondents and how much these count, the weights of factors, and the
-- wave before, with which its change is measured.
{%- set code = dbt_satisfaction.code_version(dbt_satisfaction.kept_by('int_survey_versions')) if execute %}
{%- set types = dbt_satisfaction.respondent_types() %}

with segments as (
    select
        survey_id,
        {{ dbt_satisfaction.fingerprint(['customer_id'] + types) }} as fingerprint
    from {{ ref('int_respondent_segments') }}
    group by survey_id
),

weights as (
    select {{ dbt_satisfaction.fingerprint(['factor_id', 'weight']) }} as fingerprint
    from {{ ref('py_satisfaction_weights') }}
),

{% if dbt_satisfaction.is_weighted() -%}
sample as (
    select
        survey_id,
        {{ dbt_satisfaction.fingerprint(
            ['customer_id', 'stratum', 'weighting_cell', 'design_weight', 'weight', 'error_weight']
            + (['sampled_share', 'answered_share'] if dbt_satisfaction.is_finite_population() else [])
        ) }} as fingerprint
    from {{ ref('int_weights') }}
    group by survey_id
),

{% endif -%}
answers as (
    select
        waves.survey_id,
        waves.previous_survey_id,
        concat_ws(
            ' ', versions.version, segments.fingerprint, weights.fingerprint
            {{- ", sample.fingerprint" if dbt_satisfaction.is_weighted() }}
        ) as version
    from {{ ref('int_waves') }} as waves
    inner join {{ ref('int_respondent_versions') }} as versions on waves.survey_id = versions.survey_id
    left join segments on waves.survey_id = segments.survey_id
    {%- if dbt_satisfaction.is_weighted() %}
    left join sample on waves.survey_id = sample.survey_id
    {%- endif %}
    cross join weights
)

select
    now.survey_id,
    concat_ws(' ', md5(concat('{{ code }}', package.version)), now.version, before.version) as version
from answers as now
cross join {{ ref('py_package_version') }} as package
left join answers as before on now.previous_survey_id = before.survey_id
