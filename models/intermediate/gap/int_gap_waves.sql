-- The wave before of every item of gaps: the newest earlier one that asks for it. Expectations are seldom asked for in
-- every wave.
with items as (
    {%- for model in ['int_gap_sums', 'int_delivered_value_sums'] %}
    select
        survey_id,
        item_type,
        item_id
    from {{ ref(model) }}
    where segment_type = 'total'
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
),

waves as (
    select
        survey_id,
        wave_number
    from {{ ref('int_waves') }}
)

select
    items.survey_id,
    items.item_type,
    items.item_id,
    lag(items.survey_id) over (
        partition by items.item_type, items.item_id order by waves.wave_number
    ) as previous_survey_id
from items
inner join waves on items.survey_id = waves.survey_id
