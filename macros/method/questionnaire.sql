{#- The columns of answer sheets depend on it, as the columns of any pivot depend on data. -#}
{% macro questionnaire(roles=none) %}
    {%- set questions = ref('method_questions') -%}
    {%- set levels = ref('int_scale_levels') -%}
    {%- set found = [] -%}
    {%- if execute and load_relation(questions) and load_relation(levels) -%}
        {%- set rows = dbt_satisfaction.remembered_rows(
            "select questions.question_id, questions.role, questions.factor_id, questions.scale_id, questions.sheet_no, questions.place, "
            ~ "levels.level, levels.level_of_five, levels.value, levels.value_share, levels.is_satisfied from " ~ questions ~ " as questions "
            ~ "inner join " ~ levels ~ " as levels on questions.scale_id = levels.scale_id order by 1, 7"
        ) -%}
        {%- for row in rows if roles is none or row[1] in roles -%}
            {%- if not found or found[-1].question_id != row[0] -%}
                {%- do found.append({'question_id': row[0], 'role': row[1], 'factor_id': row[2], 'scale_id': row[3],
                    'sheet_no': row[4], 'place': row[5], 'column': dbt_satisfaction.question_column(row[0], row[4], row[5]),
                    'levels': []}) -%}
            {%- endif -%}
            {%- do found[-1].levels.append({'level': row[6], 'level_of_five': row[7], 'value': row[8], 'value_share': row[9], 'is_satisfied': row[10]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}

{% macro n_sheets() %}
    {%- set questions = ref('method_questions') -%}
    {%- set n = none -%}
    {%- if execute and load_relation(questions) -%}
        {%- set n = dbt_satisfaction.remembered_rows("select max(sheet_no) from " ~ questions)[0][0] -%}
    {%- endif -%}
    {{- return(n or 1) -}}
{% endmacro %}

{% macro question_column(question_id, sheet_no, place) %}
    {%- set others = dbt_satisfaction.response_columns() + ['n_valid_answers', 'is_repeated', 'total', 'stratum', 'weighting_cell',
        'design_weight', 'weight', 'error_weight'] + dbt_satisfaction.segment_types() -%}
    {%- set is_plain = modules.re.fullmatch('[a-z][a-z0-9_]*', question_id) and question_id not in others -%}
    {{- return(adapter.quote(question_id if is_plain else '_question_' ~ ((sheet_no - 1) * dbt_satisfaction.questions_per_sheet() + place + 1))) -}}
{% endmacro %}

{% macro response_columns() %}
    {{- return(['survey_id', 'response_id', 'customer_id', 'is_anonymous', 'source_table', 'first_answered_at', 'last_answered_at',
        'started_at', 'duration_seconds', 'respondent_weight', 'channel', 'version', 'n_answers']) -}}
{% endmacro %}

{% macro question_levels(roles=none) %}
    {%- set rows = [] -%}
    {%- for question in dbt_satisfaction.questionnaire(roles) -%}
        {%- do rows.append([dbt_satisfaction.text_literal(question.question_id), question.column]) -%}
    {%- endfor -%}
    {{- return(rows or [["''", 'cast(null as integer)']]) -}}
{% endmacro %}

{% macro kano_questions() %}
    {%- set pairs = {} -%}
    {%- for question in dbt_satisfaction.questionnaire(['kano_functional', 'kano_dysfunctional']) -%}
        {%- do pairs.setdefault(question.factor_id, {}).update({question.role: question.column}) -%}
    {%- endfor -%}
    {%- set rows = [] -%}
    {%- for factor, columns in pairs.items() -%}
        {%- do rows.append([dbt_satisfaction.text_literal(factor), columns.kano_functional, columns.kano_dysfunctional]) -%}
    {%- endfor -%}
    {{- return(rows or [["''", '0', '0']]) -}}
{% endmacro %}

{% macro level_as(figure, question, type) -%}
    case {{ question.column }}
        {%- for level in question.levels %}
        when {{ level.level }} then cast({{ level[figure] }} as {{ type }})
        {%- endfor %}
    end
{%- endmacro %}

{% macro asked_factors() %}
    {%- set scales = ref('int_factor_scales') -%}
    {%- set questions = dbt_satisfaction.questionnaire(['performance']) -%}
    {%- set factors = [] -%}
    {%- if questions and load_relation(scales) -%}
        {%- for factor_id, column in dbt_satisfaction.remembered_rows("select factor_id, factor_column from " ~ scales ~ " order by 1") -%}
            {%- set own = questions | selectattr('factor_id', 'equalto', factor_id) | list -%}
            {%- do factors.append({'factor_id': factor_id, 'column': column, 'scale_id': own[0].scale_id, 'levels': own[0].levels,
                'questions': own}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(factors) -}}
{% endmacro %}

{% macro count_columns() %}
    {%- set names = [] -%}
    {%- for factor in dbt_satisfaction.asked_factors() -%}
        {%- for level in range(1, factor.levels | length + 1) -%}{%- do names.append(factor.column ~ '_level_' ~ level) -%}{%- endfor -%}
        {%- do names.append(factor.column ~ '_blank') -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}

{% macro value_sum(factor, counted='_level_') -%}
    {%- for level in factor.levels -%}
    cast({{ level.value }} as double) * {{ factor.column }}{{ counted }}{{ level.level }}{{ " + " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro question_scopes(question_id) %}
    {%- set scopes = ref('int_question_scopes') -%}
    {%- if execute and load_relation(scopes) -%}
        {{- return(dbt_satisfaction.remembered_rows("select question_id, scope_type || ' ' || scope_id from " ~ scopes ~ " order by 1, 2")
            | selectattr(0, 'equalto', question_id) | map(attribute=1) | list) -}}
    {%- endif -%}
    {{- return([]) -}}
{% endmacro %}
