-- What a currency is worth from a day on, until the next rate of it.
with rates as (
    select * from {{ dbt_satisfaction.method_table('currency_rates') }} as rates
),

coded as (
    select
        {{ dbt_satisfaction.currency_code('currency') | indent(8) }} as currency,
        valid_from,
        rate
    from rates
)

select
    currency,
    coalesce(valid_from, cast('1900-01-01' as date)) as valid_from,
    coalesce(
        lead(valid_from) over (partition by currency order by valid_from asc nulls first),
        cast('3000-01-01' as date)
    ) as valid_to,
    rate
from coded
