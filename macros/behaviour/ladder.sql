{#- Rows are added one by one: a sum over a frame of rows costs many times as much. -#}
{% macro sum_of_preceding(figure, n, window, missing='null') -%}
    (
        {%- for back in range(n, 0, -1) -%}
        lag({{ figure }}, {{ back }}, {{ missing }}) over {{ window }}{{ " + " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro ladder_ends() -%}
    select
        min(level) as lowest,
        max(level) as highest,
        max(case when is_start then level end) as start,
        coalesce(max(case when is_return then level end), max(case when is_start then level end)) as start_of_return
    from {{ dbt_satisfaction.method_table('ladder_levels') }}
{%- endmacro %}

{% macro start_of_stretch(stretch_no) -%}
    case when {{ stretch_no }} = 1 then levels.start else levels.start_of_return end
{%- endmacro %}

{#- Each rule becomes a branch of its own, so that a row of figures is compared with thresholds and not with a table of
    rules. Thresholds come as text, so that no digit is lost on the way. -#}
{% macro ladder_rules() %}
    {%- set text = dbt.type_string() -%}
    {%- set rules = dbt_satisfaction.asked_method(
        'ladder_rules',
        ['rule_id', 'coalesce(exclusive_group, rule_id) as rule_group', 'metric', 'comparison', 'cast(threshold as ' ~ text ~ ') as threshold',
         'and_metric', 'and_comparison', 'cast(and_threshold as ' ~ text ~ ') as and_threshold', 'cast(change as ' ~ text ~ ') as change',
         'firing', 'rhythm'],
        'rule_id', "enabled and metric not in ('assessment_level', 'assessment_change')"
    ) -%}
    {%- for rule in rules -%}
        {%- do rule.update({'size': rule.change | int | abs, 'rhythms': (rule.rhythm or '').split('|') | map('trim') | select | list}) -%}
    {%- endfor -%}
    {{- return(rules) -}}
{% endmacro %}

{% macro rule_figure(metric, rule, when) -%}
    {%- set of_lines = rule.metric == 'competitor_share' -%}
    {%- if not metric or (metric == 'competitor_share') != of_lines -%}
        cast(null as double)
    {%- elif of_lines -%}
        figures.{{ 'previous_' if when == 'before' }}{{ metric }}
    {%- elif metric == 'tenure_months' and when == 'before' -%}
        figures.previous_tenure_months
    {%- else -%}
        {{ 'before' if when == 'before' else 'figures' }}.{{ metric }}
    {%- endif -%}
{%- endmacro %}

{% macro rule_applies(rule, months) -%}
    {{ months }}.customer_status != 'left'
    {%- if rule.rhythms %}
    and {{ months }}.rhythm in ('{{ rule.rhythms | join("', '") }}')
    {%- endif %}
{%- endmacro %}

{% macro rule_is_met(rule, when) -%}
    {%- set conditions = [[rule.metric, rule.comparison, rule.threshold]] -%}
    {%- if rule.and_metric -%}{%- do conditions.append([rule.and_metric, rule.and_comparison, rule.and_threshold]) -%}{%- endif -%}
    coalesce(
        {%- for metric, comparison, threshold in conditions -%}
        {{ dbt_satisfaction.rule_figure(metric, rule, when) }} {{ comparison }} cast('{{ threshold }}' as double){{ " and " if not loop.last }}
        {%- endfor -%}, false)
{%- endmacro %}
