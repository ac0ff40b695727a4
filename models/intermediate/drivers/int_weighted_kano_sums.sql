-- What weighted shares of Kano's categories are made of in each segment of a wave: by stratum and weighting cell, for
-- each pair of attitudes to a factor's two questions, the sums of the weights of those who gave it, and of their
-- powers. Who gave several pairs is one respondent, a part of it with each pair.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set unit = ['stratum', 'weighting_cell'] %}
{%- set levels = ['functional_level', 'dysfunctional_level'] %}
{%- set sums = dbt_satisfaction.weight_sums() %}
{%- do sums.update({'respondents': 'respondent_part'}) %}

with responses as (
    {{ dbt_satisfaction.weighted_responses() | indent(4) }}
),

pairs as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id', 'customer_id', 'is_repeated', 'design_weight', 'weight', 'error_weight'] + unit + types,
        dbt_satisfaction.kano_questions(), ['factor_id'] + levels
    ) }} as cells
    where functional_level between 1 and 5 and dysfunctional_level between 1 and 5
),

-- nearly all respondents sent one response: only the others need to be counted
repeated as (
    select
        survey_id,
        customer_id,
        factor_id,
        count(*) as n_pairs
    from pairs
    where is_repeated
    group by survey_id, customer_id, factor_id
),

shared as (
    select
        pairs.*,
        case when pairs.weight > 0 then 1e0 / coalesce(repeated.n_pairs, 1) else 0e0 end as respondent_part
    from pairs
    left join repeated
        on pairs.survey_id = repeated.survey_id
        and pairs.customer_id = repeated.customer_id
        and pairs.factor_id = repeated.factor_id
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'shared', ['survey_id', 'factor_id'] + levels + unit, sums, {'n_pairs': 'weight > 0'}
) }} as members
