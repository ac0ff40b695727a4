{#- Metrics that a rule may name, per month and customer; competitor_share is per service line besides. -#}
{% macro ladder_metrics() %}
    {{- return(['purchase_change', 'revenue_change', 'usage_change', 'fee_change', 'services_cancelled',
        'services_added', 'tenure_months', 'unknown_cancel_share', 'competitor_share']) -}}
{% endmacro %}

{#- The figure that a rule's metric column names; prefix 'previous_' for the month before. -#}
{% macro metric_value(metric, prefix='') -%}
case {{ metric }}
            {%- for name in dbt_satisfaction.ladder_metrics() %}
            when '{{ name }}' then {{ prefix }}{{ name }}
            {%- endfor %}
        end
{%- endmacro %}

{% macro compares(value, comparison, threshold) -%}
case {{ comparison }}
            when '>=' then {{ value }} >= {{ threshold }}
            when '>' then {{ value }} > {{ threshold }}
            when '<=' then {{ value }} <= {{ threshold }}
            when '<' then {{ value }} < {{ threshold }}
        end
{%- endmacro %}

{#- Whether both conditions of a rule hold; an unknown figure is no evidence. -#}
{% macro rule_holds(prefix='') -%}
coalesce(
            {{ dbt_satisfaction.compares(dbt_satisfaction.metric_value('rules.metric', prefix), 'rules.comparison', 'rules.threshold') }}
            and (
                rules.and_metric is null
                or {{ dbt_satisfaction.compares(dbt_satisfaction.metric_value('rules.and_metric', prefix), 'rules.and_comparison', 'rules.and_threshold') }}
            ),
            false
        )
{%- endmacro %}
