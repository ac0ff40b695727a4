-- What gaps are made of, per segment of a wave and item. A respondent counts with the factors of which it rated both
-- performance and expectation.

with gaps as (
    select * from {{ ref('int_respondent_gaps') }}
)

select *
from {{ dbt_satisfaction.summed_by_segment(
    'gaps', ['survey_id', 'item_type', 'item_id'],
    {
        'performance_sum': 'performance', 'expectation_sum': 'expectation', 'gap_squares': 'gap * gap',
        'experience_sum': 'experience', 'expected_sum': 'expected', 'experience_squares': 'experience * experience',
        'expected_squares': 'expected * expected', 'products': 'experience * expected',
    },
    {
        'n_respondents': 'performance is not null', 'n_undefined': 'ratio is null',
        'n_negative': 'ratio < ' ~ dbt_satisfaction.confirmation_limit(-1),
        'n_positive': 'ratio > ' ~ dbt_satisfaction.confirmation_limit(1),
    }
) }} as sums
