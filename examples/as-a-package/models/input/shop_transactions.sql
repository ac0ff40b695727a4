-- transactions: a furniture shop's orders; cents become money, states the three of the contract
select
    order_no as transaction_id,
    contact_no as customer_id,
    article as product_id,
    department as service_line,
    placed_at as ordered_at,
    net_cents / 100 as amount,
    pieces as quantity,
    case state when 'paid' then 'completed' when 'refunded' then 'returned' else 'cancelled' end as status,
    promised as promised_on,
    delivered as delivered_on
from {{ ref('crm_orders') }}
