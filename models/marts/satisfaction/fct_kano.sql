with items as (
    select * from {{ ref('py_kano') }}
)

select
    survey_id,
    segment_type,
    segment_value,
    factor_id,
    n_pairs,
    n_a as n_attractive,
    n_o as n_one_dimensional,
    n_m as n_must_be,
    n_i as n_indifferent,
    n_r as n_reverse,
    n_q as n_questionable,
    category,
    category_strength,
    total_strength,
    is_significant,
    better,
    better_low,
    better_high,
    worse,
    worse_low,
    worse_high,
    n_pairs >= {{ var('min_respondents') }} as is_reliable
from items
