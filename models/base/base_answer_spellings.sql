-- Every answer as it is spelled in each survey, how often, and a fingerprint of its rows: a first, cheap look at all
-- answers. Their spellings are few, so each is brought into its normal form once and not in every row that has it; and
-- a survey whose fingerprints changed is built anew. Where a column says when a row was loaded (var answers_loaded_at),
-- that is compared instead of the contents.
{%- set loaded_at = var('answers_loaded_at') %}
{%- set columns = dbt_satisfaction.contract_of_answers() %}
{%- for table in (['survey_answers', 'survey_wide'] if execute else []) %}
{%- do dbt_satisfaction.checked_marks(table) %}
{%- endfor %}
{%- set texts = ['source_table'] %}
{%- for column in columns if column.name not in ['survey_id', 'question_id', 'answer'] %}
{%- do texts.append(('text_' if column.type != 'string' else '') ~ column.name) %}
{%- endfor %}

with answers as (
    {{ dbt_satisfaction.all_raw_answers() }}
),

spellings as (
    select
        survey_id as survey_text,
        question_id as question_text,
        answer as answer_text,
        count(*) as n_rows,
        -- what lies in the future today does not tomorrow
        count(*) filter (where answered_at >= {{ dbt_satisfaction.first_future_day() }}) as n_future_answered_at,
        count(*) filter (where false{{ dbt_satisfaction.or_does_not_count(columns) | indent(8) }}) as n_uncounted,
        {{ dbt_satisfaction.fingerprint(['x_' ~ loaded_at] if loaded_at else texts) }} as fingerprint
    from answers
    group by survey_id, question_id, answer
)

select
    *,
    coalesce({{ dbt_satisfaction.clean_text('survey_text') }}, '') as survey_id,
    {{ dbt_satisfaction.clean_text('question_text') }} as question_id,
    coalesce({{ dbt_satisfaction.normal_answer('answer_text') }}, '') as spelling
from spellings
