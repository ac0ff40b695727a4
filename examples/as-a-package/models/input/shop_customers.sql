-- customers, as models/base/_raw_survey.yml of the package lists them; store becomes x_store
select
    contact_no as customer_id,
    full_name as customer_name,
    case kind when 'business' then 'key_account' else 'retail' end as customer_type,
    case sex when 'F' then 'female' when 'M' then 'male' end as gender,
    born as birth_date,
    client_since as joined_on,
    home_store as store
from {{ ref('crm_contacts') }}
