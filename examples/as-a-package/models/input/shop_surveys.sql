-- surveys: the tool keeps no list of its waves, so that they are read off the sheets
select
    wave as survey_id,
    case right(wave, 6) when 'spring' then '2025 年春季' else '2025 年秋季' end as survey_name_zh,
    case right(wave, 6) when 'spring' then 'Spring 2025' else 'Autumn 2025' end as survey_name_en,
    cast(min(handed_in) as date) as opened_on,
    cast(max(handed_in) as date) as closed_on,
    (select count(*) from {{ ref('crm_contacts') }}) as invited
from {{ ref('survey_sheets') }}
group by wave
