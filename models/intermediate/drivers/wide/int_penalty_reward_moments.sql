-- What penalties and rewards are computed from: sums of the products of every two of one (1 for everybody), the verdict
-- (0–100) and two dummies per factor, is it rated low and is it rated high. A factor that a respondent did not rate is
-- neither. A column per product: nobody lacks any, so that a row per pair would say everything several times. Where
-- respondents are weighted, each product is times the weight, and n__<dummy> counts them.
{%- set weight = dbt_satisfaction.weight_column() %}
{%- set times = ' * ' ~ weight if weight else '' %}
{%- set dummies = [{'id': 'one', 'is': '1 = 1'}] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- set score = factor.column ~ '_score' %}
{%- do dummies.append({'id': factor.column ~ '_low', 'is': score ~ ' < ' ~ var('penalty_below')}) %}
{%- do dummies.append({'id': factor.column ~ '_high', 'is': score ~ ' >= ' ~ var('reward_from')}) %}
{%- endfor %}
{%- set sums, pairs, respondents = {'verdict__verdict': '100 * verdict * 100 * verdict' ~ times}, {}, {} %}
{%- for dummy in dummies %}
{%- do sums.update({dummy.id ~ '__verdict': 'case when ' ~ dummy.is ~ ' then 100 * verdict' ~ times ~ ' else 0 end'}) %}
{%- do respondents.update({'n__' ~ dummy.id: dummy.is}) %}
{%- for other in dummies[loop.index0:] %}
{%- do pairs.update({dummy.id ~ '__' ~ other.id: dummy.is ~ ' and ' ~ other.is}) %}
{%- endfor %}
{%- endfor %}
{%- if weight %}
{%- do sums.update({'weight_squares': weight ~ times}) %}
{%- for name, both in pairs.items() %}
{%- do sums.update({name: 'case when ' ~ both ~ ' then ' ~ weight ~ ' else 0 end'}) %}
{%- endfor %}
{%- endif %}

with verdicts as (
    select * from {{ ref('int_respondents') }}
    where verdict is not null
)

select *
from {{ dbt_satisfaction.summed_by_type(
    'verdicts', ['survey_id', 'resample_group'], sums, respondents if weight else pairs
) }} as products
