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
