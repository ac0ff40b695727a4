-- survey_wide: one column per question, named by its question_id in seeds/method/shop_questions.csv
select
    sheet as response_id,
    wave as survey_id,
    contact_no as customer_id,
    handed_in as answered_at,
    via as channel,
    item_01 as product,
    item_02 as delivery,
    item_03 as advice,
    item_04 as price,
    item_05 as after_sales,
    item_06 as overall,
    item_07 as recommend
from {{ ref('survey_sheets') }}
