{{ config(materialized='view') }}

-- What each respondent answered to the questions of the path model, as item_<number in the order of their names>: the
-- mean of the values where a customer answered several times in a wave. Beside it the segments and the resample group.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set questions = dbt_satisfaction.path_questions() %}
{%- set kept = ['survey_id', 'customer_id'] + types %}

with sheets as (
    select * from {{ ref('int_segmented_sheets') }}
    where survey_id in (select survey_id from {{ ref('int_path_items') }})
),

items as {{ dbt_satisfaction.inlined() }} (
    select
        {%- for question in questions %}
        {{ dbt_satisfaction.level_as('value', question, 'double') }} as item_{{ question.item_no }},
        {%- endfor %}
        {{ dbt_satisfaction.dealt('customer_id', dbt_satisfaction.n_resample_groups()) }} as resample_group,
        {{ kept | join(',\n        ') }},
        is_repeated
    from sheets
)

select
    {%- for question in questions %}
    item_{{ question.item_no }},
    {%- endfor %}
    resample_group,
    {{ kept | join(',\n    ') }}
from items
where not is_repeated
union all
select
    {%- for question in questions %}
    avg(item_{{ question.item_no }}) as item_{{ question.item_no }},
    {%- endfor %}
    resample_group,
    {{ kept | join(',\n    ') }}
from items
where is_repeated
group by resample_group, {{ kept | join(', ') }}
