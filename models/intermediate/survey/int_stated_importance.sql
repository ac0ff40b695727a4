-- Mean stated importance of each factor over all waves, 0 at the lowest level of the scale and 1 at the highest.
{%- do ref('int_scale_levels') %}

with stated as (
    {%- for question in dbt_satisfaction.questionnaire(['importance']) %}
    select
        {{ dbt_satisfaction.text_literal(question.factor_id) }} as factor_id,
        {{ dbt_satisfaction.level_as('value_share', question, 'double') }} as value_share
    from {{ ref('stg_responses') }}
    union all
    {%- endfor %}
    select
        cast(null as {{ dbt.type_string() }}) as factor_id,
        cast(null as double) as value_share
    from {{ ref('stg_responses') }}
    where 1 = 0
)

select
    factor_id,
    {{ dbt_satisfaction.exact_mean('value_share') }} as mean_importance
from stated
where value_share is not null
group by factor_id
