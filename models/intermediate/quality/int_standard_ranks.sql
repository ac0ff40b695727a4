-- Ratings beside what was measured (var objective_standards): for each customer of a wave the rating of a question and
-- the mean over the complaints of the time before, both as ranks within the segment; of them the sums that Spearman's
-- correlation is made of.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set standards = var('objective_standards') %}
{%- set metrics = dbt_satisfaction.standard_metrics() %}
{%- set rows = [] %}
{%- for question in dbt_satisfaction.questionnaire() if question.question_id in standards %}
{%- set metric = standards[question.question_id] %}
{%- do rows.append([
    dbt_satisfaction.text_literal(question.question_id),
    "'" ~ metric ~ "'",
    metric,
    dbt_satisfaction.level_as('value_share', question, 'double'),
]) %}
{%- endfor %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

measured as (
    select
        {%- for metric, ends_at in metrics.items() %}
        {%- set hours = dbt_satisfaction.seconds_between('complaints.opened_at', 'complaints.' ~ ends_at) ~ ' / 3600' %}
        -- a wait that was not over when the wave was asked cannot have shaped a rating
        {{ dbt_satisfaction.exact_mean(
            'case when cast(complaints.' ~ ends_at ~ ' as date) <= waves.wave_date then ' ~ hours ~ ' end'
        ) }} as {{ metric }},
        {%- endfor %}
        waves.survey_id,
        complaints.customer_id
    from {{ dbt_satisfaction.ref_if_on('stg_complaints') }} as complaints
    inner join {{ ref('int_waves') }} as waves
        on cast(complaints.opened_at as date) <= waves.wave_date
        and {{ dbt_satisfaction.seconds_between('complaints.opened_at', 'cast(waves.wave_date as timestamp)') }}
        < {{ var('objective_standard_days') }} * 86400
    group by waves.survey_id, complaints.customer_id
),

rated as (
    select
        responses.*,
        {{ metrics.keys() | join(', ') }}
    from responses
    inner join measured on responses.survey_id = measured.survey_id and responses.customer_id = measured.customer_id
),

-- of a customer who rated twice the mean
pairs as (
    select
        survey_id,
        customer_id,
        {{ types | join(', ') }},
        question_id,
        metric,
        hours,
        {{ dbt_satisfaction.exact_mean('rating') }} as rating
    from {{ dbt_satisfaction.unpivot_groups(
        'rated', ['survey_id', 'customer_id'] + types,
        rows or [["''", "''", '0e0', 'cast(null as double)']], ['question_id', 'metric', 'hours', 'rating']
    ) }} as cells
    where rating is not null and hours is not null
    group by survey_id, customer_id, {{ types | join(', ') }}, question_id, metric, hours
),

members as (
    select *
    from {{ dbt_satisfaction.unpivot_columns(
        'pairs', ['survey_id', 'question_id', 'metric', 'hours', 'rating'], types, 'segment_type', 'segment_value'
    ) }} as cells
),

-- equals share the mean of their ranks
{%- set cell = 'survey_id, segment_type, segment_value, question_id' %}
ranks as (
    select
        survey_id,
        segment_type,
        segment_value,
        question_id,
        metric,
        rank() over (partition by {{ cell }} order by hours)
        + (count(*) over (partition by {{ cell }}, hours) - 1) / 2e0 as hours_rank,
        rank() over (partition by {{ cell }} order by rating)
        + (count(*) over (partition by {{ cell }}, rating) - 1) / 2e0 as rating_rank
    from members
)

select
    survey_id,
    segment_type,
    segment_value,
    question_id,
    metric,
    count(*) as n_respondents,
    cast(sum(cast(hours_rank * hours_rank as decimal(38, 2))) as double) as hours_squares,
    cast(sum(cast(rating_rank * rating_rank as decimal(38, 2))) as double) as rating_squares,
    cast(sum(cast(hours_rank * rating_rank as decimal(38, 2))) as double) as products
from ranks
group by survey_id, segment_type, segment_value, question_id, metric
