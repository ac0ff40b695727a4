-- the segments that the package ships, and one per store, with labels from the shop's own list of stores
select segment_type, segment_value, lower_bound, upper_bound, label_zh, label_en, sort_order
from {{ ref('dbt_satisfaction', 'seed_segments') }}

union all

select 'x_store', null, null, null, '门店', 'Store', 6

union all

select 'x_store', store_code, null, null, name_zh, name_en, row_number() over (order by store_code)
from {{ ref('stores') }}
