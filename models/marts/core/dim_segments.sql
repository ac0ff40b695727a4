with members as (
    select segment_type, segment_value from {{ ref('int_wave_segments') }}
    union distinct
    select segment_type, segment_value from {{ ref('int_month_segments') }}
),

labels as (
    select * from {{ ref('method_segments') }}
    union all
    select distinct
        segment_type,
        'unknown' as segment_value,
        cast(null as double) as lower_bound,
        cast(null as double) as upper_bound,
        '未知' as label_zh,
        'Unknown' as label_en,
        998 as sort_order
    from members
)

select
    members.segment_type,
    members.segment_value,
    coalesce(types.label_zh, members.segment_type) as type_label_zh,
    coalesce(types.label_en, members.segment_type) as type_label_en,
    coalesce(labels.label_zh, members.segment_value) as label_zh,
    coalesce(labels.label_en, members.segment_value) as label_en,
    cast(coalesce(types.sort_order, 999) as integer) as type_order,
    cast(coalesce(labels.sort_order, 999) as integer) as value_order
from members
left join labels as types
    on members.segment_type = types.segment_type
    and types.segment_value is null
left join labels
    on members.segment_type = labels.segment_type
    and members.segment_value = labels.segment_value
