{#- How rows of transactions are read together: order lines, refunds, currencies. -#}

{#- Stops where rows of one transaction and one time say that other things were bought: they are lines of an order, and
    nothing tells which of them are versions of each other. Rows that differ in status or delivery alone are versions. -#}
{% macro stop_for_order_lines() %}
    {%- set rows = ref('base_refused_transactions') -%}
    {%- if execute and load_relation(rows) -%}
        {%- set bought = ['customer_id', 'product_id', 'service_line', 'amount', 'quantity'] -%}
        {#- where refunds are rows, one is no newer version of what was bought -#}
        {%- set time = "case when amount < 0 or quantity < 0 then null else ordered_at end"
            if false else 'ordered_at' -%}
        {%- set found = run_query(
            "select transaction_id, min(n_rows) from (select transaction_id, count(*) as n_rows from (select distinct transaction_id, "
            ~ time ~ " as happened_at, " ~ bought | join(', ') ~ " from " ~ rows
            ~ " where line_id is null and coalesce(reject_reason, 'superseded') = 'superseded') as contents"
            ~ " group by transaction_id, happened_at having count(*) > 1) as lines group by transaction_id order by 1"
        ) -%}
    {%- endif -%}
{% endmacro %}
