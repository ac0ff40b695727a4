-- What the consistency of service is computed from: of the respondents of each unit (a branch, a region) the number,
-- the sum and the sum of squares of their own scores, for every factor and for the index. Customers of whom no unit is
-- known are in none.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set items = [{'factor_id': 'index', 'column': '_index'}] + factors %}
{%- set rows = [] %}
{%- for item in items %}
{%- do rows.append([
    dbt_satisfaction.text_literal(item.factor_id), item.column ~ '_n', item.column ~ '_sum', item.column ~ '_squares'
]) %}
{%- endfor %}

with respondents as (
    select * from {{ ref('int_respondents') }}
),

indices as (
    select * from {{ ref('py_customer_index') }}
),

scores as (
    select
        respondents.survey_id,
        {{ dbt_satisfaction.prefixed('respondents.', types) | join(', ') }},
        {%- for factor in factors %}
        respondents.{{ factor.column }}_score,
        {%- endfor %}
        indices.index_score_rescaled / 100 as _index_score
    from respondents
    left join indices
        on respondents.survey_id = indices.survey_id
        and respondents.customer_id = indices.customer_id
),

-- by combination of segment values first: a respondent is added up once and not once per segment type
combinations as (
    select
        {%- for item in items %}
        count({{ item.column }}_score) as {{ item.column }}_n,
        sum(cast({{ item.column }}_score as decimal(38, 12))) as {{ item.column }}_sum,
        sum(cast({{ item.column }}_score * {{ item.column }}_score as decimal(38, 12))) as {{ item.column }}_squares,
        {%- endfor %}
        survey_id,
        {{ types | join(', ') }}
    from scores
    group by survey_id, {{ types | join(', ') }}
),

items as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'combinations', ['survey_id'] + types, rows, ['item_id', 'n', 'score_sum', 'square_sum']
    ) }} as cells
    where n > 0
)

select
    survey_id,
    segment_type as unit_type,
    segment_value as unit_value,
    item_id,
    cast(sum(n) as bigint) as n_respondents,
    cast(sum(score_sum) as double) as score_sum,
    cast(sum(square_sum) as double) as square_sum
from {{ dbt_satisfaction.unpivot_columns(
    'items', ['survey_id', 'item_id', 'n', 'score_sum', 'square_sum'], types, 'segment_type', 'segment_value'
) }} as members
where segment_type != 'total' and segment_value != 'unknown'
group by survey_id, segment_type, segment_value, item_id
