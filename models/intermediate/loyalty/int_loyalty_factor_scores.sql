-- D = X / X_max of each loyalty factor and profile; X_max comes from the method table, never from the data.
-- A component that is not known (no such observation) is left out and the weights of the others are shared out anew.
with profiles as (
    select * from {{ ref('int_loyalty_profiles') }}
),

components as (
    select
        profiles.profile_id,
        points.factor_id,
        points.weight,
        points.maximum,
        case points.component
            when 'customer_type' then points.value
            {%- for name in ['product_count', 'tenure_months', 'breadth', 'sole_supplier', 'never_switched'] %}
            when '{{ name }}' then case when profiles.profile_{{ name }} >= 0 then profiles.profile_{{ name }} end
            {%- endfor %}
        end as observed
    from profiles
    inner join {{ dbt_satisfaction.method_table('loyalty_factor_values') }} as points
        on points.component != 'customer_type'
        or profiles.profile_customer_type = points.code
),

-- least() alone would take an unknown value for the maximum
scored as (
    select
        *,
        case when observed is not null then least(observed, maximum) / maximum end as score
    from components
)

select
    profile_id,
    factor_id,
    cast(sum(cast(weight * score as decimal(20, 12))) as double)
    / cast(sum(cast(case when score is not null then weight end as decimal(20, 12))) as double) as score
from scored
group by all
having sum(case when score is not null then weight end) > 0
