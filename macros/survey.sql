{#- All answers as they came; see raw_answers. -#}
{% macro all_raw_answers() -%}
    {{ dbt_satisfaction.raw_answers('survey_answers') }}
    {%- set wide = dbt_satisfaction.raw_answers('survey_wide') %}
    {%- if execute and dbt_satisfaction.raw_fields('survey_wide') %}
    union all
    {{ wide }}
    {%- endif %}
{%- endmacro %}

{#- Answers as they came, from the long or the wide table: the texts of survey_answers untouched (cleaning 100 million
    texts takes longer than all the rest; what is grouped first need not be cleaned row by row), and beside every
    typed column its text, text_<name>. Every column of survey_wide that the contract does not name is a question: a
    cell is an answer of its own. -#}
{% macro raw_answers(table) -%}
    {%- set from_sql = dbt_satisfaction.raw(table) -%}
    {%- set types = {} -%}
    {%- for field in (dbt_satisfaction.raw_fields(table) if execute else []) -%}{%- do types.update({field.name | lower: field.type}) -%}{%- endfor -%}
    {%- set columns = dbt_satisfaction.contract('survey_answers') if execute else [] -%}
    {%- set questions = dbt_satisfaction.ignored_columns('survey_wide') if execute and table == 'survey_wide' else [] -%}
    {%- if table == 'survey_wide' and types and not questions -%}
        {{ exceptions.raise_compiler_error("survey_wide: no column of it is a question. Give every question a column, named by its question_id.") }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append(column.name) -%}
        {%- if column.type != 'string' -%}{%- do names.append('text_' ~ column.name) -%}{%- endif -%}
    {%- endfor -%}
    select
        '{{ table }}' as source_table{{ ", " if names }}{{ names | join(', ') }}
    {%- if not execute %}
    from {{ from_sql }}
    {%- elif not questions %}
    from (
        select {{ dbt_satisfaction.answer_fields(columns, types) | join(', ') }}
        from {{ from_sql }}
    ) as answers
    {%- else %}
    {%- set own = dbt_satisfaction.contract('survey_wide') | map(attribute='name') | list -%}
    {%- set cells = [] -%}
    {%- for name in questions -%}
        {%- set text = dbt_satisfaction.as_text(dbt_satisfaction.quoted_name(name), types[name | lower]) -%}
        {%- do cells.append('cast(' ~ text ~ ' as ' ~ dbt.type_string() ~ ') as ' ~ dbt_satisfaction.quoted_name(name)) -%}
    {%- endfor -%}
    {%- for column in columns if column.name not in own -%}{%- do types.pop(column.source_name | lower, none) -%}{%- endfor -%}
    {%- set kept = names | reject('in', ['question_id', 'answer']) | list -%}
    {%- set fields = dbt_satisfaction.answer_fields(columns | rejectattr('name', 'in', ['question_id', 'answer']), types) %}
    from {{ dbt_satisfaction.unpivot_columns(
        '(select ' ~ (fields + cells) | join(', ') ~ ' from ' ~ from_sql ~ ')', kept, questions, 'question_id', 'answer'
    ) }} as cells
    {%- endif -%}
{%- endmacro %}

{#- The contract's columns of one source as select expressions; types: type by lower name of the columns that it has. -#}
{% macro answer_fields(columns, types) %}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- set kind = types.get(column.source_name | lower) -%}
        {%- set name = dbt_satisfaction.quoted_name(column.source_name) -%}
        {%- set absent = dbt_satisfaction.text_literal(column.when_absent) if column.when_absent else 'null' -%}
        {%- set text = 'cast(' ~ (dbt_satisfaction.as_text(name, kind) if kind else absent) ~ ' as ' ~ dbt.type_string() ~ ')' -%}
        {%- if column.type == 'string' -%}
            {%- do fields.append(text ~ ' as ' ~ column.name) -%}
        {%- else -%}
            {%- set value = (dbt_satisfaction.native(name, kind, column.type) if kind)
                or dbt_satisfaction.typed(dbt_satisfaction.clean_text(text), column.type) -%}
            {%- do fields.append(value ~ ' as ' ~ column.name) -%}
            {#- 100 million times are not written out for the few that are looked at -#}
            {%- set moment = dbt_satisfaction.native(name, kind, 'moment') if kind and column.type == 'timestamp' -%}
            {%- do fields.append((moment or text) ~ ' as text_' ~ column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(fields) -}}
{% endmacro %}

{#- The contract's columns of an answer, as clean_answer gives them: text under the name, a typed value as typed_<name>. -#}
{% macro answer_columns() %}
    {%- set columns = dbt_satisfaction.contract('survey_answers') if execute else [] -%}
    {%- for column in columns if column.type != 'string' -%}{%- do column.update({'value': 'typed_' ~ column.name}) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

{#- The columns of base_survey_answers with their texts cleaned, for a select list. -#}
{% macro clean_answer(columns, answers) -%}
    {%- for column in columns -%}
    {%- if column.type == 'string' -%}
    {{ dbt_satisfaction.clean_key(answers ~ '.' ~ column.name) }} as {{ column.name }}
    {%- else -%}
    {{ answers }}.{{ column.name }} as {{ column.value }},
    {{ dbt_satisfaction.clean_key(answers ~ '.text_' ~ column.name) }} as {{ column.name }}
    {%- endif -%}
    {{ ",\n" if not loop.last }}
    {%- else -%}
    1 as parsing
    {%- endfor -%}
{%- endmacro %}

{#- Who answered: the customer, else a name for nobody but this response of this survey. -#}
{% macro respondent_id(answers) -%}
    coalesce({{ answers }}.customer_id, 'anonymous ' || {{ answers }}.survey_id || ' | ' || {{ answers }}.response_id)
{%- endmacro %}

{#- Whether an id of an answer is damaged, be it the response's or the customer's. -#}
{% macro is_damaged_answer(response_id, customer_id) -%}
    coalesce({{ dbt_satisfaction.is_damaged_id(dbt_satisfaction.clean_key(response_id)) }}, false)
    or coalesce({{ dbt_satisfaction.is_damaged_id(dbt_satisfaction.clean_key(customer_id)) }}, false)
{%- endmacro %}

{#- Level counts are columns n_level_1 … n_level_11: the 0–10 scale is the longest one that a questionnaire uses. -#}
{% macro longest_scale() %}{{ return(11) }}{% endmacro %}
