{#- Method tables: the shipped seed, or the file of the same name in method_dir (raw_dir where that is not set), or the
    model that method_models names. -#}

{% macro method_names() %}
    {{- return(['questions', 'factors', 'scales', 'scale_levels', 'scale_answers', 'missing_answers', 'segments', 'ahp_hierarchy',
        'ahp_experts', 'ahp_judgements', 'loyalty_factor_values', 'ladder_levels', 'ladder_rules', 'loyalty_bands',
        'loyalty_classes', 'loyalty_relations', 'path_blocks', 'path_items', 'path_links', 'tier_bands', 'tier_rules',
        'scorecard_parts', 'scorecard_points', 'playbook_lines', 'hypotheses', 'service_promises', 'business_hours',
        'business_days', 'status_codes', 'currency_rates', 'population_margins', 'complaint_categories', 'comment_themes', 'comment_keywords',
        'taxonomy_classes', 'factor_classes']) -}}
{% endmacro %}

{% macro method_columns(table) %}
    {%- set columns = [] -%}
    {%- for name, column in graph.nodes.get('seed.dbt_satisfaction.seed_' ~ table, {}).get('columns', {}).items() -%}
        {%- do columns.append({'name': name, 'type': column.data_type, 'key': column.config.meta.key | default(false),
            'currencies': column.config.meta.currencies}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

{% macro method(table) -%}
    {%- set own = dbt_satisfaction.own_model('method_models', table) -%}
    {%- set seed = none if own and table != 'scale_answers' else ref('seed_' ~ table) -%}
    {%- if not execute -%}
        {#- dbt must know what a flat hierarchy is made of -#}
        {%- if table == 'ahp_hierarchy' -%}
            {%- do dbt_satisfaction.method('factors') -%}
            {%- do dbt_satisfaction.method('questions') -%}
        {%- endif -%}
        {{- return('(select 1 as parsing)') -}}
    {%- endif -%}
    {%- set path = dbt_satisfaction.method_file(table) -%}
    {%- set columns = dbt_satisfaction.method_columns(table) -%}
    {%- set types = dbt_satisfaction.method_types(table, own, path, columns) -%}
    (
        select
            {%- for column in columns %}
            {% if column.name in types -%}
                {{ dbt_satisfaction.raw_text(column.name, types) }}
            {%- else -%}
                cast(null as {{ dbt.type_string() }})
            {%- endif %} as {{ column.name }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ own or seed if not path else dbt_satisfaction.read_file(path) }}
        where {{ dbt_satisfaction.rows_of_case(table) }}
        {%- if table == 'ahp_hierarchy' and dbt_satisfaction.has_flat_hierarchy() %}
        union all
        {{ dbt_satisfaction.flat_hierarchy() }}
        {%- elif table == 'scale_answers' and (own or path)
            and not dbt_satisfaction.is_own('scales') and not dbt_satisfaction.is_own('scale_levels') %}
        union all
        {{ dbt_satisfaction.shipped_spellings(columns, own or dbt_satisfaction.read_file(path)) | indent(8) }}
        {%- endif %}
    )
{%- endmacro %}

{% macro is_own(table) %}
    {{- return(table in var('method_models') or dbt_satisfaction.method_file(table) is not none) -}}
{% endmacro %}

{#- Who adds spellings to the shipped scales keeps the shipped ones; of two rows for one spelling the user's own counts. -#}
{% macro shipped_spellings(columns, own) -%}
select
    {%- for column in columns %}
    cast(shipped.{{ column.name }} as {{ dbt.type_string() }}) as {{ column.name }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ ref('seed_scale_answers') }} as shipped
left join {{ own }} as own
    on {{ dbt_satisfaction.clean_text('own.scale_id') }} = shipped.scale_id
    and {{ dbt_satisfaction.normal_answer('own.answer') }} = {{ dbt_satisfaction.normal_answer('shipped.answer') }}
where own.scale_id is null
{%- endmacro %}

{#- A misnamed column would be missed in silence. -#}
{% macro method_types(table, own, path, columns) %}
    {%- set place = dbt_satisfaction.the_only([own, path] | select | list) -%}
    {%- set types = {} -%}
    {%- set known = columns | map(attribute='name') | list -%}
    {%- if not place -%}
        {%- for name in known -%}{%- do types.update({name: 'VARCHAR'}) -%}{%- endfor -%}
        {{- return(types) -}}
    {%- endif -%}
    {%- for field in (dbt_satisfaction.relation_fields(own) if own else dbt_satisfaction.file_fields(path)) -%}
        {%- do types.update({field.name | lower: field.type}) -%}
    {%- endfor -%}
    {#- a model that is only compiled may not be built yet: it has no columns -#}
    {%- set keys = columns | selectattr('key') | map(attribute='name') | list if types else [] -%}
    {%- do dbt_satisfaction.stop_for_missing_columns(place, keys | reject('in', types.keys() | list) | list, types.keys() | list) -%}
    {%- set unknown = [] -%}
    {%- for name in types if name not in known -%}
        {%- do dbt_satisfaction.stop_for_retired(place, table, name) -%}
        {%- do unknown.append(place ~ ": the column " ~ name ~ " is not known. Correct its name or remove it; known are "
            ~ known | join(', ') ~ ".") -%}
    {%- endfor -%}
    {%- if unknown -%}{{ exceptions.raise_compiler_error(unknown | join('\n')) }}{%- endif -%}
    {{- return(types) -}}
{% endmacro %}

{% macro method_file(table) %}
    {%- set folder = var('method_dir') or (var('raw_dir') if var('raw_mode') == 'files') -%}
    {{- return(dbt_satisfaction.find_file(folder, table)) -}}
{% endmacro %}

{#- It waits for the gate, so that nothing computes from a table that is wrong, and its rows are those that the gate
    saw. -#}
{% macro method_table(table) -%}
    {%- do ref('py_method_gate') -%}
    {%- set rows = ref('method_rows') -%}
    {%- set written -%}
        (
            select
                {%- for column in (dbt_satisfaction.method_columns(table) if execute else []) %}
                {{ dbt_satisfaction.json_text('row_json', column.name) }} as {{ column.name }}{{ "," if not loop.last }}
                {%- else %} *
                {%- endfor %}
            from {{ rows }}
            where table_name = '{{ table }}'
        )
    {%- endset -%}
    {{ dbt_satisfaction.typed_method(table, written) }}
{%- endmacro %}

{% macro typed_method(table, written) -%}
    (
        select
            {%- for column in (dbt_satisfaction.method_columns(table) if execute else []) %}
            {{ dbt_satisfaction.typed(column.name, column.type, decimal_mark='.') }} as {{ column.name }}{{ "," if not loop.last }}
            {%- else %} *
            {%- endfor %}
        from {{ written }} as written
    )
{%- endmacro %}

{% macro asked_method(table, columns, order, condition='1 = 1') %}
    {{- return(dbt_satisfaction.asked_rows(
        dbt_satisfaction.method_table(table) ~ ' as ' ~ table, columns, order, condition, built=ref('py_method_gate')
    )) -}}
{% endmacro %}

{% macro asked_rows(table, columns, order, condition='1 = 1', built=none) %}
    {%- set found = [] -%}
    {%- if execute and load_relation(built or table) -%}
        {%- set rows = dbt_satisfaction.remembered_rows("select " ~ columns | join(', ') ~ " from " ~ table ~ " where " ~ condition ~ " order by " ~ order) -%}
        {%- for row in rows -%}
            {%- set named = {} -%}
            {%- for name in columns -%}{%- do named.update({name.split(' as ')[-1]: row[loop.index0]}) -%}{%- endfor -%}
            {%- do found.append(named) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}

{% macro stop_for_problems(problems, found='The method tables have') %}
    {%- if execute -%}
        {%- set lines = run_query(
            "select table_name || coalesce('.' || nullif(column_name, ''), '') || coalesce(', ' || nullif(key, ''), '') "
            ~ "|| ': ' || problem || ' ' || fix from " ~ problems ~ " order by 1"
        ).columns[0].values() | list -%}
        {%- if lines -%}
            {{ exceptions.raise_compiler_error(
                found ~ " " ~ lines | length ~ " problem(s):\n"
                ~ lines[:20] | join('\n') ~ ("\n…" if lines | length > 20 else "")
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
