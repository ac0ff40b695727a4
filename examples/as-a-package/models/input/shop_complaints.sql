-- complaints: the shop's tickets
select
    ticket_no as complaint_id,
    contact_no as customer_id,
    opened as opened_at,
    answered as first_response_at,
    closed as resolved_at,
    topic as category,
    case prio when 1 then 'high' when 2 then 'medium' else 'low' end as severity,
    reopened
from {{ ref('crm_tickets') }}
