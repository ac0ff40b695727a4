-- Who would hear from the dissatisfied if the rule of thumb held: of people who answered, and of nobody beyond them.
with verdicts as (
    select
        scores.survey_id,
        scores.segment_type,
        scores.segment_value,
        scores.question_id,
        scores.n_respondents,
        scores.n_effective,
        -- of 12 answers of 10 respondents the share of 12
        {% if dbt_satisfaction.is_weighted() -%}
        scores.n_respondents * (100 - scores.score) / 100 as n_dissatisfied,
        {%- else -%}
        cast(scores.n_respondents as double) * (scores.n_answers - scores.n_counted) / scores.n_answers
            as n_dissatisfied,
        {%- endif %}
        scores.n_respondents * (100 - scores.score_high) / 100 as dissatisfied_low,
        scores.n_respondents * (100 - scores.score_low) / 100 as dissatisfied_high
    from {{ dbt_satisfaction.scores_by_weight() }} as scores
    inner join {{ ref('method_questions') }} as questions on scores.question_id = questions.question_id
    where
        scores.measure = 'satisfied_share'
        and scores.n_answers > 0
        and questions.role = 'overall'
),

-- of several questions for an overall verdict the last by name that has answers in the wave
chosen as (
    select
        survey_id,
        max(question_id) as question_id
    from verdicts
    group by survey_id
)

{%- set share = 'cast(' ~ var('word_of_mouth_share') ~ ' as double)' %}
{%- set first = 'cast(' ~ var('word_of_mouth_first_hearers') ~ ' as double)' %}
{%- set hearers = 'cast(' ~ var('word_of_mouth_hearers') ~ ' as double)' %}

-- who tells knows already: the audience are those who hear it at first and at second hand
select
    verdicts.survey_id,
    verdicts.segment_type,
    verdicts.segment_value,
    verdicts.question_id,
    verdicts.n_respondents,
    verdicts.n_dissatisfied,
    verdicts.n_dissatisfied * {{ share }} as expected_tellers,
    verdicts.n_dissatisfied * {{ share }} * {{ first }} as expected_first_hearers,
    verdicts.n_dissatisfied * {{ share }} * {{ first }} * {{ hearers }} as expected_second_hearers,
    verdicts.n_dissatisfied * {{ share }} * {{ first }} * (1 + {{ hearers }}) as expected_audience,
    verdicts.dissatisfied_low * {{ share }} * {{ first }} * (1 + {{ hearers }}) as audience_low,
    verdicts.dissatisfied_high * {{ share }} * {{ first }} * (1 + {{ hearers }}) as audience_high,
    true as is_hypothesis,
    verdicts.n_respondents >= {{ var('min_respondents') }}
    and coalesce(verdicts.n_effective, 0) >= {{ var('min_respondents') }} - 1e-6 as is_reliable
from verdicts
inner join chosen on verdicts.survey_id = chosen.survey_id and verdicts.question_id = chosen.question_id
