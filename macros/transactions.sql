{#- How rows of transactions are read together: lines of an order, refunds, currencies. -#}

{#- Stops where rows of one transaction and one time say that other things were bought: they are lines of an order, not
    versions of each other. So is a refund that is a row of its own, whatever its time. Rows that differ in nothing but
    status and delivery are versions. -#}
{% macro stop_for_order_lines() %}
    {%- set refused = ref('base_refused_transactions') -%}
    {%- if execute and load_relation(refused) -%}
        {%- set contents = "(select distinct transaction_id, line_id, ordered_at, customer_id, product_id, service_line, amount, quantity, "
            ~ "amount < 0 or coalesce(quantity < 0, false) as is_refund from " ~ refused
            ~ " where coalesce(reject_reason, 'superseded') = 'superseded') as contents" -%}
        {%- set found = run_query(
            "select transaction_id, count(*) from " ~ contents
            ~ " where line_id is null group by transaction_id, ordered_at having count(*) > 1"
            ~ " union all select transaction_id, count(*) from " ~ contents ~ " group by transaction_id, line_id"
            ~ " having bool_or(is_refund) and not bool_and(is_refund) order by 1, 2"
        ) -%}
        {%- set names = found.columns[0].values() | unique | list -%}
        {%- if names -%}
            {{ exceptions.raise_compiler_error(
                "transactions.transaction_id: " ~ names | length ~ " transaction(s) have several rows of one time that say different things, such as "
                ~ names[:3] | join(', ') ~ " (" ~ found.rows[0][1] ~ " rows). Only one of them would count. Fix: where they are lines of an order or its "
                ~ "refunds, add the column line_id, a number of its own for each; where they are versions, keep the last."
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- Whether amounts are converted. Stops where there are several currencies and a currency, or a day, has no rate: a sum
    of them would mean nothing. One currency without a rate is the reporting currency. -#}
{% macro checked_currencies() %}
    {%- set rows = ref('base_transactions') -%}
    {%- if not dbt_satisfaction.raw_has('transactions', 'currency') or not load_relation(rows) -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set found = run_query(
        "select coalesce(upper(accepted.currency), 'blank'), count(*), count(rates.rate), "
        ~ "min(case when rates.rate is null then cast(accepted.ordered_at as date) end) from " ~ rows ~ " as accepted left join "
        ~ ref('method_currency_rates') ~ " as rates on upper(accepted.currency) = rates.currency and cast(accepted.ordered_at as date) >= "
        ~ "rates.valid_from and cast(accepted.ordered_at as date) < rates.valid_to "
        ~ "where accepted.reject_reason is null and accepted.amount is not null group by 1 order by 1"
    ).rows -%}
    {%- set lacking = [] -%}
    {%- set rated = found | selectattr(2) | list -%}
    {%- for row in found if row[2] < row[1] and (found | length > 1 or rated) -%}
        {%- do lacking.append(row[0] ~ " (" ~ (row[1] - row[2]) ~ " of " ~ row[1] ~ " rows, the first of " ~ row[3] ~ ")") -%}
    {%- endfor -%}
    {%- if lacking -%}
        {{ exceptions.raise_compiler_error(
            "transactions.currency: amounts are in " ~ found | map(attribute=0) | join(', ') ~ ", and no rate says what they are worth in: "
            ~ lacking | join(', ') ~ ". Fix: give the method table currency_rates (currency, valid_from, rate) a rate for each of them from its first "
            ~ "day on, 1 for the currency that you report in; rows without a currency need one."
        ) }}
    {%- endif -%}
    {{- return(rated | length > 0) -}}
{% endmacro %}
