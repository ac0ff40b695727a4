-- What delivered value is made of, per segment of a wave: each component and the whole, benefits less costs.
with delivered as (
    select * from {{ ref('int_respondent_values') }}
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'delivered', ['survey_id', 'item_type', 'item_id'],
    {'performance_sum': 'performance', 'cost_sum': 'cost', 'gap_squares': 'gap * gap'},
    {'n_respondents': 'gap is not null'}
) }} as sums
