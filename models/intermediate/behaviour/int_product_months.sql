-- Which products, of which service line, a customer bought in a month; null where a purchase does not say.
select distinct
    customer_id,
    cast(date_trunc('month', ordered_at) as date) as month_start,
    product_id,
    service_line
from {{ ref('stg_transactions') }}
where coalesce(lower(status), 'completed') = 'completed'
