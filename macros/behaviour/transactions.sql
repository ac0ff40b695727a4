{#- How rows of transactions are read together: lines of an order, refunds, currencies. -#}

{#- Such rows are lines of an order, not versions of each other. So is a refund that is a row of its own, whatever its
    time. Rows that differ in nothing but status and delivery are versions. -#}
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

{% macro say_unfit_refunds() %}
    {%- set rows = ref('base_refused_transactions' if var('refunds') == 'status' else 'base_transactions') -%}
    {%- if execute and load_relation(rows) -%}
        {%- set found = run_query(
            "select count(*) filter (where reject_reason = 'out_of_range' and reject_column in ('amount', 'quantity') and reject_value like '-%'), "
            ~ "count(*) filter (where reject_reason is null and status = 'returned' and amount > 0), "
            ~ "count(*) filter (where reject_reason is null and (amount < 0 or quantity < 0)) from " ~ rows
        ).rows[0] -%}
        {%- if found[0] and var('refunds') == 'status' -%}
            {%- do log("transactions: " ~ found[0] ~ " row(s) have an amount or a quantity below 0, and are refused. If they are refunds, set the var refunds: "
                ~ "negative_rows.", info=true) -%}
        {%- elif found[1] and not found[2] and var('refunds') == 'negative_rows' -%}
            {%- do log("transactions: " ~ found[1] ~ " row(s) are returned and no row is below 0, so that nothing is taken off for them. If their status says "
                ~ "all, set the var refunds: status.", info=true) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro currency_words() %}
    {%- set columns = dbt_satisfaction.method_columns('currency_rates') | selectattr('currencies') | list if execute -%}
    {{- return(columns[0].currencies if columns else {'names': {}, 'signs': {}}) -}}
{% endmacro %}

{% macro currency_code(currency, signs={}) -%}
    case upper({{ currency }})
        {%- for name, code in signs.items() | list + dbt_satisfaction.currency_words().names.items() | list %}
        when {{ dbt_satisfaction.text_literal(name) }} then {{ dbt_satisfaction.text_literal(code) }}
        {%- endfor %}
        else upper({{ currency }})
    end
{%- endmacro %}

{% macro currency_signs() %}
    {%- set rows = ref('base_transactions') -%}
    {%- set rates = ref('method_currency_rates') -%}
    {%- set signs = {} -%}
    {%- if execute and load_relation(rows) -%}
        {#- the model of transactions asks twice -#}
        {%- set named = dbt_satisfaction.remembered_rows("select distinct " ~ dbt_satisfaction.currency_code('currency') ~ " from " ~ rows
            ~ " where reject_reason is null union distinct select currency from " ~ rates) | map(attribute=0) | list -%}
        {%- for sign, codes in dbt_satisfaction.currency_words().signs.items() -%}
            {%- set meant = codes | select('in', named) | list -%}
            {%- for name, code in {sign: sign}.items() | list + dbt_satisfaction.currency_words().names.items() | list
                if code == sign and meant | length == 1 -%}
                {%- do signs.update({name: meant[0]}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(signs) -}}
{% endmacro %}

{#- A sum of several currencies would mean nothing. -#}
{% macro checked_currencies() %}
    {%- set rows = ref('base_transactions') -%}
    {%- if not dbt_satisfaction.raw_has('transactions', 'currency') or not load_relation(rows) -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set code = dbt_satisfaction.currency_code('accepted.currency', dbt_satisfaction.currency_signs()) -%}
    {%- set found = run_query(
        "select coalesce(" ~ code ~ ", 'blank'), count(*), count(rates.rate), "
        ~ "min(case when rates.rate is null then cast(accepted.ordered_at as date) end) from " ~ rows ~ " as accepted left join "
        ~ ref('method_currency_rates') ~ " as rates on " ~ code ~ " = rates.currency and cast(accepted.ordered_at as date) >= "
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
