-- Which stores the owner should look at, and how much is bought there: the package's figures beside the shop's own.
with segments as (
    select * from {{ ref('dbt_satisfaction', 'fct_segment_satisfaction') }}
),

waves as (
    select * from {{ ref('dbt_satisfaction', 'dim_waves') }}
),

factors as (
    select * from {{ ref('dbt_satisfaction', 'fct_segment_factor_satisfaction') }}
),

stores as (
    select * from {{ ref('stores') }}
),

orders as (
    select * from {{ ref('shop_transactions') }}
),

customers as (
    select * from {{ ref('shop_customers') }}
),

-- the factor that costs a store most points
weakest as (
    select
        survey_id,
        segment_value as store_code,
        max_by(factor_id, 100 * weight - contribution) as weakest_factor
    from factors
    where segment_type = 'x_store'
    group by survey_id, segment_value
),

-- what the customers of a store bought in the year before a wave
revenue as (
    select
        waves.survey_id,
        customers.store as store_code,
        sum(orders.amount) as revenue_12_months
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    inner join waves
        on cast(orders.ordered_at as date) <= waves.wave_date
        and cast(orders.ordered_at as date) > waves.wave_date - interval 1 year
    where orders.status = 'completed'
    group by waves.survey_id, customers.store
)

select
    segments.survey_id,
    stores.store_code,
    stores.name_zh,
    stores.name_en,
    stores.manager,
    segments.n_respondents,
    segments.satisfaction_index,
    segments.index_change,
    weakest.weakest_factor,
    cast(revenue.revenue_12_months as double) as revenue_12_months,
    coalesce(segments.change_flag = 'down', false) or segments.index_high < total.satisfaction_index as is_on_watch
from segments
inner join stores on segments.segment_value = stores.store_code
inner join segments as total on segments.survey_id = total.survey_id and total.segment_type = 'total'
left join weakest on segments.survey_id = weakest.survey_id and segments.segment_value = weakest.store_code
left join revenue on segments.survey_id = revenue.survey_id and segments.segment_value = revenue.store_code
where segments.segment_type = 'x_store' and segments.is_reliable
