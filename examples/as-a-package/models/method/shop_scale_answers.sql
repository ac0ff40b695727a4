-- the spellings that the package ships, and those of the shop's survey tool
select scale_id, answer, level
from {{ ref('dbt_satisfaction', 'seed_scale_answers') }}

union all

select 'satisfaction5' as scale_id, answer, level
from (values ('love it', 5), ('like it', 4), ('ok', 3), ('not great', 2), ('bad', 1)) as tool (answer, level)
