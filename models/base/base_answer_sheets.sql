{{ dbt_satisfaction.rebuilt_by_survey('base_survey_versions') }}

-- The one pass over all answers: a row per response, its answers as the digits of answer sheets. The marks of the rows
-- are combined by exclusive or, so that a key that is repeated leaves fewer digits than there were rows, and a mark
-- that turns out to be superseded is taken out by combining it once more. Keys are grouped as they came, then cleaned.
{%- set n_sheets = dbt_satisfaction.n_sheets() %}

with answers as (
    select * from {{ ref('base_survey_answers') }}
),

surveys as (
    {{ dbt_satisfaction.survey_texts_to_build('base_survey_versions') }}
),

responses as (
    select
        source_table,
        survey_id as survey_text,
        response_id as response_text,
        customer_id as customer_text,
        count(*) as n_rows,
        count(*) filter (where is_refused) as n_refused,
        {%- for sheet in range(1, n_sheets + 1) %}
        coalesce(bit_xor(case when sheet_no = {{ sheet }} and not is_refused then mark end), 0) as sheet_{{ sheet }},
        {%- endfor %}
        {{ dbt_satisfaction.response_times(dbt_satisfaction.contract_of_answers(), unless='is_refused') | indent(8) }},
        -- one by name where a response has several: any would do, if it were always the same
        min(case when not is_refused then channel end) as channel
    from answers
    {%- if is_incremental() %}
    where {{ dbt_satisfaction.is_of_survey_to_build('survey_id', 'base_survey_versions') }}
    {%- endif %}
    group by source_table, survey_id, response_id, customer_id
)

select
    responses.source_table,
    responses.survey_text,
    responses.response_text,
    responses.customer_text,
    surveys.built_survey as survey_id,
    {{ dbt_satisfaction.clean_key('responses.response_text') }} as response_id,
    {{ dbt_satisfaction.clean_key('responses.customer_text') }} as customer_id,
    {{ dbt_satisfaction.is_damaged_answer('responses.response_text', 'responses.customer_text') }} as is_damaged,
    responses.n_rows,
    responses.n_refused,
    responses.n_rows - responses.n_refused
    {%- for sheet in range(1, n_sheets + 1) %}
    - {{ dbt_satisfaction.count_digits('responses.sheet_' ~ sheet) }}
    {%- endfor %} as n_repeated,
    {%- for sheet in range(1, n_sheets + 1) %}
    responses.sheet_{{ sheet }},
    {%- endfor %}
    responses.first_answered_at,
    responses.last_answered_at,
    responses.started_at,
    responses.duration_seconds,
    responses.respondent_weight,
    {{ dbt_satisfaction.clean_text('responses.channel') }} as channel,
    surveys.version
from responses
inner join surveys on responses.survey_text is not distinct from surveys.built_text
