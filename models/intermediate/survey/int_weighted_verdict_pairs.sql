-- What customers with a weight in two waves running gave for verdicts in each, null where they gave none: sums of their
-- weights for squares (of the wave, of the one before, of both multiplied), which intervals of weighted changes take.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set keys = ['survey_id', 'question_id'] %}
{%- for name in ['stratum', 'weighting_cell', 'level'] + types %}
{%- do keys.extend([name, name ~ '_before']) %}
{%- endfor %}

with waves as (
    select * from {{ ref('int_waves') }}
),

panel as (
    {{ dbt_satisfaction.weighted_panel('waves') | indent(4) }}
),

responses as (
    select * from {{ ref('int_segmented_responses') }}
),

verdicts as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'customer_id'] + types,
        dbt_satisfaction.question_levels(['overall', 'recommend', 'repurchase']), ['question_id', 'level']
    ) }} as cells
    where level > 0
),

questions as (
    select distinct question_id from verdicts
),

pairs as (
    select
        {%- for name in ['level'] + types %}
        now.{{ name }},
        before.{{ name }} as {{ name }}_before,
        {%- endfor %}
        questions.question_id,
        panel.*
    from panel
    cross join questions
    left join verdicts as now
        on panel.survey_id = now.survey_id
        and panel.customer_id = now.customer_id
        and questions.question_id = now.question_id
    left join verdicts as before
        on panel.previous_survey_id = before.survey_id
        and panel.customer_id = before.customer_id
        and questions.question_id = before.question_id
    where now.level is not null or before.level is not null
)

{{ dbt_satisfaction.summed_by_combination('pairs', keys, [], dbt_satisfaction.panel_sums(), {'n': 'true'}) }}
