{% macro customer_metrics() %}
    {{- return(graph.nodes['seed.dbt_satisfaction.seed_tier_bands'].columns.metric.config.meta.options if execute else []) -}}
{% endmacro %}

{% macro loyalty_metrics() %}
    {%- set known = graph.nodes['model.dbt_satisfaction.int_customer_behaviour'].columns.keys() | list if execute else [] -%}
    {{- return(dbt_satisfaction.customer_metrics() | reject('in', known) | list) -}}
{% endmacro %}

{% macro tier_dimensions() %}{{ return(['contribution', 'loyalty', 'risk']) }}{% endmacro %}

{% macro asked_metrics(table, how) %}
    {%- set rows = dbt_satisfaction.asked_method(table, ['metric'], 'metric', "how = '" ~ how ~ "'") -%}
    {{- return(rows | map(attribute='metric') | unique | list) -}}
{% endmacro %}

{#- It is the same on every engine, unlike a quantile. -#}
{% macro percentile_rank(figure) -%}
    case
        when {{ figure }} is not null
            then cast(
                rank() over (partition by month_start order by {{ figure }} asc nulls last) - 1
                + count(*) over (partition by month_start order by {{ figure }} asc nulls last) as double
            ) / (2 * count({{ figure }}) over (partition by month_start))
    end
{%- endmacro %}

{#- RFM is about buyers: who never bought has no recency, and none of the three. -#}
{% macro rfm_figures() %}
    {{- return({
        'recency': '-recency_days',
        'frequency': 'case when recency_days is not null then n_purchases_in_window end',
        'monetary': 'case when recency_days is not null then amount_in_window end',
    }) -}}
{% endmacro %}

{% macro ranked_figures() %}
    {%- set found = {} -%}
    {%- for dimension in dbt_satisfaction.tier_dimensions() -%}
        {%- for row in dbt_satisfaction.tier_bands(dimension) if row.how == 'quantile' -%}
            {%- for end, bound, sign in [('least', row.lower_bound, '>='), ('most', row.upper_bound, '<=')] if bound is not none -%}
                {%- do found.setdefault(row.metric, []).append({'name': dimension ~ '_' ~ row.rule_order ~ '_' ~ end, 'end': end,
                    'condition': 'cast(places as double) / all_places ' ~ sign ~ " cast('" ~ bound ~ "' as double)"}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set cells = var('rfm_cells') -%}
    {%- for name, figure in dbt_satisfaction.rfm_figures().items() -%}
        {%- for score in range(2, cells + 1) -%}
            {%- do found.setdefault(figure, []).append({'name': name ~ '_' ~ score, 'end': 'least',
                'condition': cells ~ ' * places >= ' ~ (score - 1) ~ ' * all_places'}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}

{% macro rfm_score(name) -%}
    {%- set figure = dbt_satisfaction.rfm_figures()[name] -%}
    case
        when recency_days is not null
            then 1{% for score in range(2, var('rfm_cells') + 1) %}
                + case when {{ figure }} >= limits.{{ name }}_{{ score }} then 1 else 0 end{% endfor %}
    end
{%- endmacro %}

{#- Bounds come as text, so that no digit is lost on the way. -#}
{% macro tier_bands(dimension) %}
    {%- set text = dbt.type_string() -%}
    {{- return(dbt_satisfaction.asked_method(
        'tier_bands',
        ['rule_order', 'metric', 'how', 'band', 'cast(lower_bound as ' ~ text ~ ') as lower_bound', 'cast(upper_bound as ' ~ text ~ ') as upper_bound'],
        'rule_order', "dimension = '" ~ dimension ~ "'"
    )) -}}
{% endmacro %}

{% macro deciding_band(dimension) -%}
    {%- set rows = dbt_satisfaction.tier_bands(dimension) -%}
    cast({% if rows %}case
        {%- for row in rows %}
        {%- set limit = 'limits.' ~ dimension ~ '_' ~ row.rule_order if row.how == 'quantile' %}
        when {{ row.metric }} is not null
            {%- if row.lower_bound is not none %} and {{ row.metric }} >= {{ limit ~ '_least' if limit else "cast('" ~ row.lower_bound ~ "' as double)" }}{% endif %}
            {%- if row.upper_bound is not none %} and {{ row.metric }} <= {{ limit ~ '_most' if limit else "cast('" ~ row.upper_bound ~ "' as double)" }}{% endif %} then {{ row.rule_order }}
        {%- endfor %}
    end{% else %}null{% endif %} as integer)
{%- endmacro %}

{% macro figure_date(metric) %}
    {{- return(metric ~ '_as_of' if metric in dbt_satisfaction.profile_metrics()
        else 'answered_on' if metric in ['is_loyal', 'overall_level', 'recommendation'] else 'on_date') -}}
{% endmacro %}

{% macro profile_metrics() %}{{ return(['engagement', 'risk_score', 'referrals']) }}{% endmacro %}

{% macro band_column(dimension, column, otherwise='null') -%}
    {%- set rows = dbt_satisfaction.tier_bands(dimension) -%}
    {%- if rows -%}
    case {{ dimension }}_row
        {%- for row in rows %}
        when {{ row.rule_order }} then {{ row.metric if column == 'value' else dbt_satisfaction.figure_date(row.metric) if column == 'as_of'
            else dbt_satisfaction.text_literal(row[column]) }}
        {%- endfor %}
        else {{ otherwise }}
    end
    {%- else -%}
    {{ otherwise }}
    {%- endif -%}
{%- endmacro %}

{% macro tier_rules() %}
    {{- return(dbt_satisfaction.asked_method(
        'tier_rules',
        ['rule_order', 'contribution_band', 'loyalty_band', 'risk_band', 'attribute', 'attribute_value'], 'rule_order'
    )) -}}
{% endmacro %}

{% macro tier_attributes() %}
    {%- set asked = dbt_satisfaction.tier_rules() | map(attribute='attribute') | select | unique | list -%}
    {%- set known = (dbt_satisfaction.contract('customers') | map(attribute='name') | list if execute else []) -%}
    {%- set of_loyalty = ['customer_status', 'loyalty_class', 'satisfaction_loyalty_relation'] -%}
    {%- for name in asked if name not in known + of_loyalty -%}
        {{ exceptions.raise_compiler_error("tier_rules.attribute: customers have no column '" ~ name ~ "'. Declare it in extra_columns, or use one of "
            ~ known | reject('in', ['customer_id', 'valid_from']) | join(', ') ~ ", " ~ of_loyalty | join(', ') ~ ".") }}
    {%- endfor -%}
    {{- return((['education', 'region'] + asked) | reject('in', of_loyalty) | unique | list) -}}
{% endmacro %}

{% macro deciding_tier_rule() -%}
    {%- set rules = dbt_satisfaction.tier_rules() -%}
    cast({% if rules %}case
        {%- for rule in rules %}
        when {{ '1 = 1' if rule.attribute == 'customer_status' else "customer_status != 'left'" }}
            {%- for dimension in dbt_satisfaction.tier_dimensions() if rule[dimension ~ '_band'] %} and {{ dimension }}_band = '{{ rule[dimension ~ "_band"] }}'{% endfor %}
            {%- if rule.attribute %} and coalesce({{ rule.attribute }}, 'unknown') = {{ dbt_satisfaction.text_literal(rule.attribute_value) }}{% endif %} then {{ rule.rule_order }}
        {%- endfor %}
    end{% else %}null{% endif %} as integer)
{%- endmacro %}

{% macro key_factors() %}
    {#- outside the branches: dbt reads dependencies while it parses -#}
    {%- if 'survey' not in var('areas') -%}{{- return([]) -}}{%- endif -%}
    {%- set weights = ref('py_satisfaction_weights') -%}
    {%- do dbt_satisfaction.stop_for_unknown_key_factors() -%}
    {%- set wanted = var('key_factors') -%}
    {%- set asked = dbt_satisfaction.asked_factors() -%}
    {%- if wanted is number -%}
        {%- set ids = dbt_satisfaction.asked_rows(weights, ['factor_id'], 'weight desc, factor_id')
            | map(attribute='factor_id') | select('in', asked | map(attribute='factor_id') | list) | list -%}
        {%- set wanted = ids[:wanted] -%}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name in wanted | unique -%}
        {%- do found.append((asked | selectattr('factor_id', 'equalto', name) | first) or {'factor_id': name}) -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}

{% macro stop_for_unknown_key_factors() %}
    {%- set known = dbt_satisfaction.asked_method('factors', ['factor_id'], 'factor_id') | map(attribute='factor_id') | list -%}
    {%- if var('key_factors') is not number -%}
        {%- for name in var('key_factors') if known and name not in known -%}
            {{ exceptions.raise_compiler_error("var key_factors: there is no factor '" ~ name ~ "'. Use some of " ~ known | join(', ') ~ ".") }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro rfm_cell(relation) -%}
    {%- for score in ['recency', 'frequency', 'monetary'] -%}
    cast({{ relation }}.{{ score }}_score as {{ dbt.type_string() }}){{ " || '-' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
