-- How often each pair of attitudes was given to a factor's two Kano questions, in each segment of a wave. Only answers
-- to both are a pair.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with responses as (
    select * from {{ ref('int_segmented_responses') }}
),

pairs as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'responses', ['survey_id'] + types, dbt_satisfaction.kano_questions(), ['factor_id', 'functional_level', 'dysfunctional_level']
    ) }} as cells
    where functional_level between 1 and 5 and dysfunctional_level between 1 and 5
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'pairs', ['survey_id', 'factor_id', 'functional_level', 'dysfunctional_level'], {}, {'n_pairs': '1 = 1'}
) }} as sums
