{% macro area_needs() %}
    {{- return({
        'weights': [],
        'survey': ['weights'],
        'coverage': ['survey'],
        'taxonomies': ['survey'],
        'drivers': ['survey'],
        'sensitivity': ['drivers'],
        'path': ['survey'],
        'gap': ['survey'],
        'quality': ['survey'],
        'comments': ['survey'],
        'behaviour': [],
        'value': ['behaviour'],
        'ladder': ['behaviour', 'loyalty'],
        'loyalty': ['weights', 'value', 'ladder'],
        'tiers': ['loyalty'],
        'service': ['loyalty'],
        'outcomes': ['survey', 'behaviour'],
        'actions': ['tiers'],
        'follow_up': ['actions'],
        'improvement': ['survey'],
    }) -}}
{% endmacro %}

{% macro tables_across_areas() %}
    {%- set text = dbt.type_string() -%}
    {{- return({
        'int_verdicts': ('survey', {'survey_id': text, 'customer_id': text, 'last_answered_at': 'timestamp', 'overall_level': 'bigint',
            'is_satisfied': 'boolean', 'recommendation': 'double', 'repeat_probability': 'double'}),
        'int_waves': ('survey', {'survey_id': text, 'wave_date': 'date'}),
        'int_respondent_answers': ('survey', {'survey_id': text, 'customer_id': text, 'last_answered_at': 'timestamp'}),
        'int_latest_verdicts': ('survey', {'customer_id': text, 'survey_id': text, 'overall_level': 'bigint', 'is_satisfied': 'boolean',
            'satisfaction_index': 'double', 'has_weakest_factor': 'boolean', 'weakest_factor_id': text,
            'weakest_factor_score': 'double', 'weakest_factor_points_lost': 'double'}),
        'stg_complaints': ('behaviour', {'complaint_id': text, 'customer_id': text, 'opened_at': 'timestamp',
            'first_response_at': 'timestamp', 'resolved_at': 'timestamp'}),
        'stg_customer_profiles': ('behaviour', {'customer_id': text, 'attribute': text, 'value': text, 'as_of': 'date'}),
        'int_customer_behaviour': ('behaviour', {'customer_id': text, 'month_start': 'date', 'is_active': 'boolean',
            'recency_days': 'integer', 'n_purchases_in_window': 'bigint', 'amount_in_window': 'double'}),
        'int_expected_values': ('value', {'customer_id': text, 'probability_alive': 'double', 'expected_value': 'double',
            'is_value_reliable': 'boolean'}),
        'int_ladder_events': ('ladder', {'customer_id': text, 'month_start': 'date', 'rule_id': text, 'change': 'integer', 'effect': text}),
        'int_loyalty_months': ('loyalty', {'customer_id': text, 'month_start': 'date', 'has_behaviour': 'boolean',
            'customer_status': text, 'left_since': 'date', 'last_level': 'integer', 'ladder_level': 'integer',
            'loyalty_index': 'double', 'overall_level': 'integer', 'is_satisfied': 'boolean', 'repeat_probability': 'double',
            'repeat_source': text, 'class_id': text, 'is_loyal': 'boolean', 'relation_id': text}),
        'stg_next_action_results': ('follow_up', {'customer_id': text, 'line_id': text, 'done_on': 'date', 'outcome': text}),
        'int_resting_lines': ('follow_up', {'customer_id': text, 'resting_lines': text}),
        'int_customer_tiers': ('tiers', {'customer_id': text, 'month_start': 'date', 'rule_order': 'integer',
            'recency_score': 'integer', 'frequency_score': 'integer', 'monetary_score': 'integer'}),
    }) -}}
{% endmacro %}

{% macro ref_if_on(model) %}
    {%- set area, columns = dbt_satisfaction.tables_across_areas()[model] -%}
    {%- if area in var('areas') -%}{{- return(ref(model)) -}}{%- endif -%}
    {%- set nothing = [] -%}
    {%- for name, type in columns.items() -%}{%- do nothing.append('cast(null as ' ~ type ~ ') as ' ~ name) -%}{%- endfor -%}
    {{- return('(select ' ~ nothing | join(', ') ~ ' where 1 = 0)') -}}
{% endmacro %}

{% macro wrong_areas() %}
    {%- set asked = var('areas') -%}
    {%- set needs = dbt_satisfaction.area_needs() -%}
    {%- if asked is string or asked is mapping or asked is not iterable or not asked -%}
        {{- return(["var areas: '" ~ asked ~ "' is not a list. Use some of " ~ needs.keys() | join(', ') ~ "."]) -}}
    {%- endif -%}
    {%- set wrong = [] -%}
    {%- for area in asked -%}
        {%- if area not in needs -%}
            {%- do wrong.append("var areas: there is no area '" ~ area ~ "'. Use some of " ~ needs.keys() | join(', ') ~ ".") -%}
        {%- else -%}
            {%- set lacking = needs[area] | reject('in', asked) | list -%}
            {%- if lacking -%}
                {%- do wrong.append("var areas: " ~ area ~ " needs " ~ lacking | join(' and ') ~ ". Add " ~ ("it" if lacking | length == 1 else "them")
                    ~ ", or leave " ~ area ~ " out.") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('weighting') != 'none' and 'coverage' not in asked -%}
        {%- do wrong.append("var weighting: " ~ var('weighting') ~ " needs the area coverage. Add it to areas, or set weighting to none.") -%}
    {%- endif -%}
    {%- if not wrong and 'survey' not in asked and 'behaviour' not in asked -%}
        {%- do wrong.append("var areas: neither survey nor behaviour is among them, so there is nothing to measure. Add one of them.") -%}
    {%- endif -%}
    {{- return(wrong) -}}
{% endmacro %}
