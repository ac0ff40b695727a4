-- D = X / X_max of each loyalty factor, per month and customer; X_max comes from the method table, never from the data.
-- A component that is not known (no such observation) is left out and the weights of the others are shared out anew.
with months as (
    select * from {{ ref('int_customer_months') }}
),

metrics as (
    select * from {{ ref('int_month_metrics') }}
),

versions as (
    select * from {{ ref('int_customer_versions') }}
),

answers as (
    select
        customer_id,
        attribute,
        {{ dbt_satisfaction.text_to_yes_no('value') }} as is_so
    from {{ ref('stg_customer_profiles') }}
),

profiles as (
    select
        customer_id,
        max(case when attribute = 'sole_supplier' then is_so end) as sole_supplier,
        max(case when attribute = 'ever_switched' then 1 - is_so end) as never_switched
    from answers
    group by all
),

figures as (
    select
        months.month_start,
        months.customer_id,
        versions.customer_type,
        cast(metrics.product_count as double) as product_count,
        cast(months.tenure_months as double) as tenure_months,
        cast(metrics.breadth as double) as breadth,
        cast(profiles.sole_supplier as double) as sole_supplier,
        cast(profiles.never_switched as double) as never_switched
    from months
    left join metrics on months.customer_id = metrics.customer_id and months.month_start = metrics.month_start
    left join versions
        on months.customer_id = versions.customer_id
        and months.month_end >= versions.valid_from
        and months.month_end < versions.valid_to
    left join profiles on months.customer_id = profiles.customer_id
    where months.has_behaviour
),

components as (
    select
        figures.month_start,
        figures.customer_id,
        points.factor_id,
        points.weight,
        points.maximum,
        case points.component
            when 'customer_type' then points.value
            when 'product_count' then figures.product_count
            when 'tenure_months' then figures.tenure_months
            when 'breadth' then figures.breadth
            when 'sole_supplier' then figures.sole_supplier
            when 'never_switched' then figures.never_switched
        end as observed
    from figures
    inner join {{ ref('method_loyalty_factor_values') }} as points
        on points.component != 'customer_type'
        or figures.customer_type = points.code
),

-- least() alone would take an unknown value for the maximum
scored as (
    select
        *,
        case when observed is not null then least(observed, maximum) / maximum end as score
    from components
)

select
    month_start,
    customer_id,
    factor_id,
    cast(
        sum(cast(weight * score as decimal(20, 12)))
        / sum(cast(case when score is not null then weight end as decimal(20, 12)))
        as double
    ) as score
from scored
group by all
having sum(case when score is not null then weight end) > 0
