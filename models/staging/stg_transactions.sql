-- The accepted rows of transactions, amounts in the reporting currency. Where refunds are rows below 0, such a row is
-- returned and takes its amount off, and what was refunded stays a purchase: its refund is a row of its own.
{%- do dbt_satisfaction.say_unfit_refunds() %}
{%- set is_converted = dbt_satisfaction.checked_currencies() %}
{%- set amount = 'accepted.amount * coalesce(rates.rate, 1)' if is_converted else 'accepted.amount' %}
{%- set is_refund = '(accepted.amount < 0 or coalesce(accepted.quantity, 0) < 0)' %}
{%- set columns = {'amount': amount} %}
{%- if var('refunds') == 'negative_rows' %}
{%- do columns.update({
    'amount': 'case when ' ~ is_refund ~ ' then -abs(' ~ amount ~ ') else ' ~ amount ~ ' end',
    'quantity': 'case when ' ~ is_refund ~ ' then -abs(accepted.quantity) else accepted.quantity end',
    'status': "case when accepted.status = 'cancelled' then accepted.status when " ~ is_refund ~ " then 'returned' "
        ~ "when accepted.amount is not null then 'completed' else accepted.status end",
}) %}
{%- endif %}
{%- set fields = [] %}
{%- for column in (dbt_satisfaction.contract('transactions') if execute else []) %}
{%- do fields.append(columns.get(column.name, 'accepted.' ~ column.name) ~ ' as ' ~ column.name) %}
{%- endfor %}

with accepted as (
    {{ dbt_satisfaction.accepted_rows('transactions') }}
)

select {{ fields | join(', ') or 'accepted.*' }}
from accepted
{%- if is_converted or not execute %}
left join {{ ref('method_currency_rates') }} as rates
    on {{ dbt_satisfaction.currency_code('accepted.currency', dbt_satisfaction.currency_signs()) | indent(4) }} = rates.currency
    and cast(accepted.ordered_at as date) >= rates.valid_from
    and cast(accepted.ordered_at as date) < rates.valid_to
{%- endif %}
