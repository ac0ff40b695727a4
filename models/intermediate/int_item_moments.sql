-- What reliability is computed from: sums over pairs of performance questions that share a scope. Where every factor is
-- asked about once, questions are factors, and those of respondents with a verdict are there already, for the drivers.
{%- do ref('int_question_scopes') %}
{%- set drivers, items, scores = ref('int_driver_moments'), ref('int_respondent_items'), ref('int_respondent_scores') %}
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set questions = dbt_satisfaction.questionnaire(['performance']) %}
{%- set variables = [] %}
{%- if questions | length > factors | length %}
{%- for question in questions %}
{%- do variables.append({'id': question.question_id, 'value': 'item_' ~ loop.index,
    'scopes': dbt_satisfaction.question_scopes(question.question_id)}) %}
{%- endfor %}

{{ dbt_satisfaction.pair_moments(items, variables, group='0') }}
{%- else %}
{%- for factor in factors %}
{%- do variables.append({'id': factor.factor_id, 'value': 'score_' ~ factor.factor_no}) %}
{%- endfor %}
{%- set sums = ['sum_left', 'sum_right', 'square_left', 'square_right', 'product'] %}
{%- set keys = ['survey_id', 'segment_type', 'segment_value', 'left_id', 'right_id', 'n'] + sums %}

with without_verdict as (
    {{ dbt_satisfaction.pair_moments(
        '(select * from ' ~ scores ~ ' where outcome is null)', variables, group='0'
    ) | indent }}
),

factor_moments as (
    select {{ keys | join(', ') }} from {{ drivers }}
    where left_id != '' and right_id != ''
    union all
    select {{ keys | join(', ') }} from without_verdict
),

questions as (
    select factor_id, question_id from {{ ref('method_questions') }}
    where role = 'performance'
)

select
    {%- for name in sums %}
    cast(sum(cast(moments.{{ name }} as decimal(38, 12))) as double) as {{ name }},
    {%- endfor %}
    cast(sum(moments.n) as bigint) as n,
    moments.survey_id,
    moments.segment_type,
    moments.segment_value,
    0 as resample_group,
    left_questions.question_id as left_id,
    right_questions.question_id as right_id
from factor_moments as moments
inner join questions as left_questions on moments.left_id = left_questions.factor_id
inner join questions as right_questions on moments.right_id = right_questions.factor_id
group by
    moments.survey_id, moments.segment_type, moments.segment_value,
    left_questions.question_id, right_questions.question_id
{%- endif %}
