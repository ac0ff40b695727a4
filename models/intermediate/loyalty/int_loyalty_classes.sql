-- Class and relation of each customer and stretch of months.
with indicators as (
    select * from {{ ref('int_loyalty_indicators') }}
),

bounds as (
    select lower_bound as bound
    from {{ dbt_satisfaction.method_table('loyalty_bands') }}
    where indicator = 'repeat_probability'
    union
    select upper_bound as bound
    from {{ dbt_satisfaction.method_table('loyalty_bands') }}
    where indicator = 'repeat_probability'
),

straddling as (
    select distinct
        indicators.customer_id,
        indicators.from_month
    from indicators
    inner join bounds
        on indicators.repeat_low <= bounds.bound
        and indicators.repeat_high >= bounds.bound
),

marked as (
    select
        indicators.*,
        case when indicators.repeat_low is not null then straddling.customer_id is not null end as repeat_straddles
    from indicators
    left join straddling
        on indicators.customer_id = straddling.customer_id
        and indicators.from_month = straddling.from_month
),

{{ dbt_satisfaction.classified('marked') }}

select * from classified
