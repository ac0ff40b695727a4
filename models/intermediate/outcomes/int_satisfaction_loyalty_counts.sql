-- How many respondents of each segment gave a level of overall satisfaction and had an outcome: 1 or 0 of what either
-- happened or did not, else the answer itself. Where respondents are weighted, with the sums of their weights.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set weight = dbt_satisfaction.weight_column() %}
{%- set outcomes = [] %}
{%- for outcome, column in dbt_satisfaction.loyalty_outcomes().items() %}
{%- do outcomes.append(["'" ~ outcome ~ "'", dbt_satisfaction.one_or_zero(column)]) %}
{%- endfor %}
{%- for answer in ['repeat_probability', 'recommendation'] %}
{%- do outcomes.append(["'" ~ answer ~ "'", answer]) %}
{%- endfor %}

with outcomes as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        ref('int_wave_outcomes'),
        ['survey_id', 'overall_level', 'is_satisfied', 'weight', "coalesce(relation_id, '') as relation_id"] + types,
        outcomes, ['outcome', 'outcome_value']
    ) }} as cells
    where outcome_value is not null and overall_level is not null
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'outcomes', ['survey_id', 'outcome', 'overall_level', 'is_satisfied', 'relation_id', 'outcome_value'],
    {'weights': weight, 'weight_squares': weight ~ ' * ' ~ weight} if weight else {}, {'n': '1 = 1'}
) }} as counts
