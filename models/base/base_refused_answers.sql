{{ dbt_satisfaction.rebuilt_by_survey('base_survey_versions') }}

-- Every answer that is refused, and why. Only rows that are refused already, and those of responses that hold a key
-- twice, are looked at: of accepted versions of one key the newest stays (by time, then by content, so that the order
-- of the input never matters), and the others are superseded. What was answered to an open question, or to one that is
-- not known and may be open, goes nowhere.
{%- set columns = dbt_satisfaction.answer_columns() %}
{%- set open_ones = {"is_open or final_code like 'unknown_question:%'": 'answer'} %}
{%- set ties = ['source_table', 'response_text', 'customer_text'] %}

with answers as (
    select * from {{ ref('base_survey_answers') }}
),

surveys as (
    {{ dbt_satisfaction.survey_texts_to_build('base_survey_versions') }}
),

sheets as (
    select * from {{ ref('base_answer_sheets') }}
),

-- a sheet with fewer digits than rows, or a response that several sheets of a survey hold: in another spelling, of
-- another customer, or in the long and in the wide table
repeated as (
    select
        survey_id,
        response_id
    from sheets
    where response_id is not null and survey_id != '' and not is_damaged and n_rows > n_refused
    group by survey_id, response_id
    having count(*) > 1 or max(n_repeated) > 0
),

-- as it is spelled: the texts of 100 million rows are not cleaned for this
in_question as (
    select distinct
        sheets.survey_text,
        coalesce(sheets.response_text, '') as response_text
    from sheets
    left join repeated
        on sheets.survey_id = repeated.survey_id
        and sheets.response_id = repeated.response_id
    where
        sheets.response_id is null
        or sheets.survey_id = ''
        or sheets.is_damaged
        or repeated.response_id is not null
),

looked_at as (
    select
        answers.*,
        {{ dbt_satisfaction.row_hash([
            dbt_satisfaction.clean_key('answers.survey_id'),
            dbt_satisfaction.clean_key('answers.response_id'),
            dbt_satisfaction.clean_key('answers.question_id')
        ]) }} as key_hash
    from answers
    left join in_question
        on coalesce(answers.response_id, '') = in_question.response_text
        and answers.survey_id is not distinct from in_question.survey_text
    where
        (answers.is_refused or in_question.response_text is not null) -- noqa: LT02
        {%- if is_incremental() %}
        and {{ dbt_satisfaction.is_of_survey_to_build('answers.survey_id', 'base_survey_versions') }}
        {%- endif %}
),

-- two keys that share a hash cost a little work and change nothing
repeated_keys as (
    select key_hash
    from looked_at
    where not is_refused
    group by key_hash
    having count(*) > 1
),

blank_surveys as (
    select survey_text
    from {{ ref('base_answer_spellings') }}
    where survey_id = ''
),

cleaned as (
    select
        looked_at.source_table,
        looked_at.survey_id as survey_text,
        looked_at.response_id as response_text,
        looked_at.customer_id as customer_text,
        looked_at.sheet_no,
        looked_at.mark,
        {{ dbt_satisfaction.clean_answer(columns, 'looked_at') | indent(8) }}
    from looked_at
    left join repeated_keys on looked_at.key_hash = repeated_keys.key_hash
    where
        looked_at.is_refused
        or {{ dbt_satisfaction.clean_key('looked_at.response_id') }} is null
        or {{ dbt_satisfaction.is_damaged_answer('looked_at.response_id', 'looked_at.customer_id') }}
        or looked_at.survey_id is null
        or looked_at.survey_id in (select survey_text from blank_surveys)
        or repeated_keys.key_hash is not null
),

questions as (
    select
        question_id as known_question,
        role
    from {{ ref('method_questions') }}
),

checked as (
    select
        cleaned.*,
        coalesce(questions.role = 'comment', false) as is_open,
        coalesce(
            {{ dbt_satisfaction.reject_code(columns) }},
            case
                when survey_id is null then 'missing_survey:survey_id'
                when known_question is null then 'unknown_question:question_id'
                when mark is null then 'unknown_answer:answer'
            end
        ) as reject_code
    from cleaned
    left join questions on cleaned.question_id = questions.known_question
),

ranked as (
    select
        *,
        case
            when reject_code is not null then reject_code
            when {{ dbt_satisfaction.version_number(columns, ties=ties) }} > 1 then 'superseded:response_id'
        end as final_code
    from checked
)

select
    built_survey as survey_id,
    survey_text,
    response_text,
    customer_text,
    question_id,
    sheet_no,
    mark,
    {{ dbt_satisfaction.reject_columns('source_table', columns, 'final_code', open_ones) }},
    version
from ranked
inner join surveys on survey_text is not distinct from built_text
where final_code is not null
