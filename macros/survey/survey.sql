{% macro all_raw_answers() -%}
    {{ dbt_satisfaction.raw_answers('survey_answers') }}
    {%- set wide = dbt_satisfaction.raw_answers('survey_wide') %}
    {%- if execute and dbt_satisfaction.raw_fields('survey_wide') %}
    union all
    {{ wide }}
    {%- endif %}
{%- endmacro %}

{#- Cleaning 100 million texts takes longer than all the rest; what is grouped first need not be cleaned row by row. -#}
{% macro raw_answers(table) -%}
    {%- set from_sql = dbt_satisfaction.raw(table) -%}
    {%- set types = {} -%}
    {%- for field in (dbt_satisfaction.raw_fields(table) if execute else []) -%}{%- do types.update({field.name | lower: field.type}) -%}{%- endfor -%}
    {%- set columns = dbt_satisfaction.contract_of_answers() -%}
    {%- set questions = dbt_satisfaction.wide_questions() if table == 'survey_wide' else {} -%}
    {%- if table == 'survey_wide' and types and not questions -%}
        {%- set others = dbt_satisfaction.named_columns(table) | join(', ') | truncate(200) -%}
        {{ exceptions.raise_compiler_error("survey_wide: no column of it is a question"
            ~ (" (there are " ~ others ~ ")" if others) ~ ". Give every question a column, named by its question_id in the table questions.") }}
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
    {%- for name, question_id in questions.items() -%}
        {%- set text = dbt_satisfaction.as_text(dbt_satisfaction.quoted_name(name), types[name | lower]) -%}
        {%- do cells.append('cast(' ~ text ~ ' as ' ~ dbt.type_string() ~ ') as ' ~ dbt_satisfaction.quoted_name(question_id)) -%}
    {%- endfor -%}
    {%- for column in columns if column.name not in own -%}{%- do types.pop(column.source_name | lower, none) -%}{%- endfor -%}
    {%- set kept = names | reject('in', ['question_id', 'answer']) | list -%}
    {%- set fields = dbt_satisfaction.answer_fields(columns | rejectattr('name', 'in', ['question_id', 'answer']), types) %}
    from {{ dbt_satisfaction.unpivot_columns(
        '(select ' ~ (fields + cells) | join(', ') ~ ' from ' ~ from_sql ~ ')', kept, questions.values() | list, 'question_id', 'answer'
    ) }} as cells
    {%- endif -%}
{%- endmacro %}

{% macro wide_questions() %}
    {%- set ids = dbt_satisfaction.asked_method('questions', ['question_id'], 'question_id') | map(attribute='question_id') | list -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for name in dbt_satisfaction.other_columns('survey_wide') -%}
            {%- for question_id in ids if question_id | lower == name.strip(dbt_satisfaction.blanks()) | lower -%}
                {%- do found.update({name: question_id}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}

{% macro named_columns(table) %}
    {%- set ignored = dbt_satisfaction.ignored_columns(table) -%}
    {%- if table != 'survey_wide' or not ignored or not load_relation(ref('py_method_gate')) -%}{{- return(ignored) -}}{%- endif -%}
    {%- set literals = [] -%}
    {%- for name in ignored -%}{%- do literals.append('select ' ~ dbt_satisfaction.text_literal(name) ~ ' as name') -%}{%- endfor -%}
    {%- set there = [] -%}
    {%- for question_id in dbt_satisfaction.wide_questions().values() -%}{%- do there.append(dbt_satisfaction.text_literal(question_id)) -%}{%- endfor -%}
    {%- set distance = 'levenshtein(lower(names.name), lower(questions.question_id))' -%}
    {%- set near = {} -%}
    {%- for row in run_query(
        'select names.name, questions.question_id from (' ~ literals | join(' union all ') ~ ') as names inner join '
        ~ dbt_satisfaction.method_table('questions') ~ ' as questions on ' ~ distance ~ ' <= greatest(1, length(questions.question_id) / 4)'
        ~ (' where questions.question_id not in (' ~ there | join(', ') ~ ')' if there) ~ ' order by ' ~ distance ~ ' desc, 2 desc'
    ).rows -%}
        {%- do near.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set named = [] -%}
    {%- for name in ignored -%}{%- do named.append(name ~ (' (' ~ near[name] ~ '?)' if name in near)) -%}{%- endfor -%}
    {{- return(named) -}}
{% endmacro %}

{#- Of 100 million rows nobody carries columns of nulls. -#}
{% macro contract_of_answers() %}
    {%- set given = [] -%}
    {%- for table in ['survey_answers', 'survey_wide'] -%}
        {%- for field in dbt_satisfaction.raw_fields(table) -%}{%- do given.append(field.name | lower) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for column in (dbt_satisfaction.contract('survey_answers') if execute else [])
        if not column.if_given or column.name in given -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

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
            {%- set instant = dbt_satisfaction.native(name, kind, 'instant') if kind and column.type == 'timestamp' -%}
            {%- do fields.append((instant or text) ~ ' as text_' ~ column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(fields) -}}
{% endmacro %}

{% macro answer_columns() %}
    {%- set columns = dbt_satisfaction.contract_of_answers() -%}
    {%- for column in columns if column.type != 'string' -%}{%- do column.update({'value': 'typed_' ~ column.name}) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

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

{% macro respondent_id(answers) -%}
    coalesce({{ answers }}.customer_id, 'anonymous ' || {{ answers }}.survey_id || ' | ' || {{ answers }}.response_id)
{%- endmacro %}

{#- Of one response_id only the newest answers would count. -#}
{% macro stop_for_waves_without_survey() %}
    {%- set tables = [] -%}
    {#- asked while dbt parses, too: it must know what the model reads -#}
    {%- for table in ['survey_answers', 'survey_wide'] -%}
        {%- if dbt_satisfaction.raw_fields(table) and not dbt_satisfaction.raw_has(table, 'survey_id') -%}{%- do tables.append(table) -%}{%- endif -%}
    {%- endfor -%}
    {%- set sheets = ref('base_answer_sheets') -%}
    {%- if tables and load_relation(sheets) -%}
        {%- set found = run_query(
            "select count(*) filter (where comes_again), count(*), min(case when comes_again then response_id end) from (select response_id, "
            ~ "(count(*) filter (where n_rows > n_refused) > 1 or max(n_repeated) > 0) and (cast(min(first_answered_at) as date) "
            ~ "< cast(max(last_answered_at) as date) or count(distinct customer_id) > 1) as comes_again from " ~ sheets
            ~ " where source_table in ('" ~ tables | join("', '") ~ "') and response_id is not null and not is_damaged "
            ~ "group by survey_id, response_id) as responses"
        ).rows[0] -%}
        {%- if found[0] >= 3 and 10 * found[0] > found[1] -%}
            {{ exceptions.raise_compiler_error(
                tables[0] ~ ".response_id: " ~ found[0] ~ " of " ~ found[1] ~ " responses, such as " ~ found[2] ~ ", come again on another day or from "
                ~ "another customer, and only the newest answers of each would count. Fix: where the table holds several waves, add the column survey_id "
                ~ "with the wave of each row; where questionnaires were sent again, add it with one name for all."
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro is_damaged_answer(response_id, customer_id) -%}
    coalesce({{ dbt_satisfaction.is_damaged_id(dbt_satisfaction.clean_key(response_id)) }}, false)
    or coalesce({{ dbt_satisfaction.is_damaged_id(dbt_satisfaction.clean_key(customer_id)) }}, false)
{%- endmacro %}

{% macro or_has_bad_code(columns) -%}
    {{ dbt_satisfaction.or_does_not_count(columns) }}
    {%- for column in columns if column.codes %}
    or coalesce(not {{ dbt_satisfaction.is_code(dbt_satisfaction.code_text(column), dbt_satisfaction.known_codes(column)) }}, false)
    {%- endfor -%}
{%- endmacro %}

{% macro or_does_not_count(columns) -%}
    {%- for column in columns -%}
        {%- set uncounted = dbt_satisfaction.uncounted_codes(column) -%}
        {%- if uncounted %}
    or coalesce({{ dbt_satisfaction.is_code(dbt_satisfaction.code_text(column), uncounted) }}, false)
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro code_text(column) -%}
    {{ dbt_satisfaction.clean_text(column.name) if column.type == 'string' else column.name }}
{%- endmacro %}

{% macro response_times(columns, prefix='', unless=none) -%}
    {%- set given = columns | map(attribute='name') | list -%}
    {%- for function, column, name, type in [
        ('min', 'answered_at', 'first_answered_at', 'timestamp'), ('max', 'answered_at', 'last_answered_at', 'timestamp'),
        ('min', 'started_at', 'started_at', 'timestamp'), ('max', 'duration_seconds', 'duration_seconds', 'double'),
        ('max', 'respondent_weight', 'respondent_weight', 'double'),
    ] -%}
    {%- if column in given or not columns -%}
    {{ function }}({{ ('case when not ' ~ unless ~ ' then ' ~ column ~ ' end') if unless else prefix ~ column }}) as {{ name }}
    {%- else -%}
    cast(null as {{ type }}) as {{ name }}
    {%- endif -%}
    {{ ",\n" if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro longest_scale() %}{{ return(11) }}{% endmacro %}

{#- What is made of waves waits for it. -#}
{% macro stop_for_answers(problems) %}
    {%- do dbt_satisfaction.stop_for_problems(problems, 'The answers have') -%}
    {%- do dbt_satisfaction.stop_for_waves_without_survey() -%}
    {%- for table in ['survey_answers', 'survey_wide'] -%}
        {%- set n_rows = '(select sum(n_rows) from ' ~ ref('base_answer_sheets') ~ " where source_table = '" ~ table ~ "')" -%}
        {%- do dbt_satisfaction.stop_for_unknown_codes(table, ref('base_refused_answers'), n_rows) -%}
    {%- endfor -%}
{% endmacro %}
