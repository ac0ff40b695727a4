-- The contract's own words, which no table can give another meaning, then the case's codes, then the shipped ones.
{%- set columns = dbt_satisfaction.contract('transactions') if execute else [] %}
{%- set contract = columns | selectattr('name', 'equalto', 'status') | list %}
{%- set words = contract[0].codes if contract else [''] %}

with codes as (
    {% for word in words %}
    select '{{ word }}' as code, '{{ word }}' as status, 1 as place
    union all
    {%- endfor %}
    select lower(code) as code, lower(status) as status, 2 as place
    from {{ dbt_satisfaction.method_table('status_codes') }} as own
    union all
    select lower(code) as code, status, 3 as place
    from {{ ref('seed_status_codes') }}
)

select code, status
from codes
qualify row_number() over (partition by code order by place, status) = 1
