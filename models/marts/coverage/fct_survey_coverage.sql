{%- set is_finite = dbt_satisfaction.is_finite_population() %}

with counts as (
    select
        survey_id,
        segment_type,
        segment_value,
        n_population,
        n_answered,
        n_respondents,
        n_invited,
        n_invited_answered
    from {{ ref('int_coverage_counts') }}
),

waves as (
    select
        survey_id,
        nullif(n_population, 0) as n_population,
        nullif(n_answered, 0) as n_answered,
        n_invited > 0 as has_invitations,
        -- a table of customers that names respondents alone tells of nobody else
        n_population > n_answered as has_others
    from counts
    where segment_type = 'total'
),

indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        {{ dbt_satisfaction.nan_to_null('index_high - index_score') }} as half_width
    from {{ ref('py_segment_index') }}
),
{%- if is_finite %}

-- whose intervals are for these customers already
finite as (
    select survey_id
    from {{ ref('int_weights') }}
    group by survey_id
    having max(sampled_share) > 0
),
{%- endif %}

joined as (
    select
        counts.survey_id,
        counts.segment_type,
        counts.segment_value,
        case when waves.n_population is not null then counts.n_population end as n_population,
        case when waves.n_population is not null then counts.n_answered end as n_answered,
        counts.n_respondents,
        case when waves.has_invitations then counts.n_invited end as n_invited,
        case when waves.has_invitations then counts.n_invited_answered end as n_invited_answered,
        waves.has_others,
        waves.n_population as all_customers,
        waves.n_answered as all_answered,
        {%- if is_finite %}
        case when finite.survey_id is not null then indices.half_width end as margin_of_error,
        indices.half_width / case
            when finite.survey_id is not null and counts.n_answered < counts.n_population
                then sqrt(1 - cast(counts.n_answered as double) / counts.n_population)
            else 1
        end as half_width
        {%- else %}
        cast(null as double) as margin_of_error,
        indices.half_width
        {%- endif %}
    from counts
    inner join waves on counts.survey_id = waves.survey_id
    left join indices
        on counts.survey_id = indices.survey_id
        and counts.segment_type = indices.segment_type
        and counts.segment_value = indices.segment_value
    {%- if is_finite %}
    left join finite on counts.survey_id = finite.survey_id
    {%- endif %}
),

wanted as (
    select
        *,
        -- answers for an interval of precision_points on either side, were the customers without number
        n_respondents * power(half_width / {{ var('precision_points') }}, 2) as answers_wanted
    from joined
),

judged as (
    select
        *,
        {{ dbt_satisfaction.share_of(
            'coalesce(n_invited_answered, n_answered)', 'coalesce(n_invited, n_population)'
        ) }} as response_rate,
        {{ dbt_satisfaction.share_of('n_answered', 'n_population') }} as coverage_rate,
        greatest(0, ceil(
            case
                when has_others and n_population > 0 then answers_wanted / (1 + answers_wanted / n_population)
                else answers_wanted
            end
        ) - n_respondents) as answers_needed
    from wanted
)

select
    survey_id,
    segment_type,
    segment_value,
    n_population,
    n_invited,
    n_answered,
    n_invited_answered,
    n_respondents,
    n_respondents - n_answered as n_outside,
    response_rate,
    coverage_rate,
    {{ dbt_satisfaction.share_of('n_population', 'all_customers') }} as population_share,
    {{ dbt_satisfaction.share_of('n_answered', 'all_answered') }} as respondent_share,
    coalesce(
        margin_of_error,
        half_width * case when has_others and n_population > 0 then sqrt(1 - coverage_rate) else 1 end
    ) as margin_of_error,
    cast(answers_needed as bigint) as n_answers_needed,
    -- null where there are not so many customers left
    cast(case
        when response_rate > 0 and answers_needed <= response_rate * (n_population - n_answered)
            then ceil(answers_needed / response_rate)
    end as bigint) as n_invitations_needed
from judged
