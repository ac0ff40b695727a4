-- Mean stated importance of each factor over all waves, 0 at the lowest level of the scale and 1 at the highest.
select
    factor_id,
    {{ dbt_satisfaction.exact_mean('value_share') }} as mean_importance
from {{ ref('stg_survey_answers') }}
where role = 'importance' and level is not null
group by all
