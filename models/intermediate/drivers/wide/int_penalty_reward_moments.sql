-- What penalties and rewards are computed from: sums of the products of every two of one (1 for everybody), the verdict
-- (0–100) and two dummies per factor, is it rated low and is it rated high. A factor that a respondent did not rate is
-- neither. A column per product: nobody lacks any, so that a row per pair would say everything several times.
{%- set dummies = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- set score = factor.column ~ '_score' %}
{%- do dummies.append({'id': factor.column ~ '_low', 'no': loop.index, 'value': score ~ ' < ' ~ var('penalty_below')}) %}
{%- do dummies.append({'id': factor.column ~ '_high', 'no': loop.index, 'value': score ~ ' >= ' ~ var('reward_from')}) %}
{%- endfor %}
{%- set sums = {'one__verdict': '100 * verdict', 'verdict__verdict': '100 * verdict * 100 * verdict'} %}
{%- set counts = {'one__one': '1 = 1'} %}
{%- for dummy in dummies %}
{%- do sums.update({dummy.id ~ '__verdict': 'case when ' ~ dummy.value ~ ' then 100 * verdict else 0 end'}) %}
{%- do counts.update({'one__' ~ dummy.id: dummy.value, dummy.id ~ '__' ~ dummy.id: dummy.value}) %}
{%- for other in dummies if other.no > dummy.no %}
{%- do counts.update({dummy.id ~ '__' ~ other.id: dummy.value ~ ' and ' ~ other.value}) %}
{%- endfor %}
{%- endfor %}

with verdicts as (
    select * from {{ ref('int_respondents') }}
    where verdict is not null
)

select *
from {{ dbt_satisfaction.summed_by_type('verdicts', ['survey_id', 'resample_group'], sums, counts) }} as products
