-- Responses whose answers hold a key twice, or may: a sheet with fewer digits than rows, and a response that several
-- sheets of a survey hold (another customer or spelling of it, or the long and the wide table).
with sheets as (
    select * from {{ ref('base_answer_sheets') }}
    where response_id is not null and survey_id != '' and not is_damaged and n_rows > n_refused
)

select
    survey_id,
    response_id,
    count(*) as n_sheets
from sheets
group by survey_id, response_id
having count(*) > 1 or max(n_repeated) > 0
