{#- How a raw table becomes typed rows, each with the reason why it is refused. A row that passes every check and whose key
    comes once goes straight through; the others, the suspects, are ranked by key. Ranking is a sort, so only they pay for
    it. Checks run in the contract's order, the first hit wins; among accepted versions of one key the newest stays (by
    event time, then by content, so that the order of the input never matters), the others are superseded. -#}

{% macro base_table(table) %}
{%- if not execute -%}
    select * from {{ dbt_satisfaction.raw(table) }}
{%- else -%}
{%- set columns = dbt_satisfaction.source_columns(table) -%}
with {{ dbt_satisfaction.ranked_suspects(table, columns) }}

{{ dbt_satisfaction.straight_rows(table, columns) }}
    and {{ dbt_satisfaction.key_hash(columns) }} not in (select key_hash from repeated)

union all

{{ dbt_satisfaction.judged_suspects(table, columns) }}
{%- endif -%}
{% endmacro %}

{% macro base_table_beside(table) %}
{%- set refused = ref('base_refused_' ~ table) -%}
{%- if not execute -%}
    select * from {{ dbt_satisfaction.raw(table) }}, {{ refused }}
{%- else -%}
{%- set columns = dbt_satisfaction.source_columns(table) -%}
with {{ dbt_satisfaction.checked_rows(table, columns) }},

refused as (
    select * from {{ refused }}
)

{{ dbt_satisfaction.straight_rows(table, columns) }}
    and not exists (
        select 1 from refused
        where
            {%- for column in columns if column.key %}
            refused.{{ column.name }} {{ "=" if column.key is true else "is not distinct from" }} checked.{{ column.value }}{{ " and" if not loop.last }}
            {%- endfor %}
    )

union all

select
    {%- for column in columns %}
    {{ column.name }},
    {%- endfor %}
    source_table,
    record_key,
    reject_reason,
    reject_column,
    reject_value,
    row_json
from refused
{%- endif -%}
{% endmacro %}

{% macro refused_rows(table) %}
{%- if not execute -%}
    select * from {{ dbt_satisfaction.raw(table) }}
{%- else -%}
{%- set columns = dbt_satisfaction.source_columns(table) -%}
with {{ dbt_satisfaction.ranked_suspects(table, columns) }}

{{ dbt_satisfaction.judged_suspects(table, columns) }}
{%- endif -%}
{% endmacro %}

{#- Keys are counted by it: two keys that share a hash cost a little work and change nothing. -#}
{% macro key_hash(columns) -%}
    {{ dbt_satisfaction.row_hash(columns | selectattr('key', 'defined') | map(attribute='value') | list) }}
{%- endmacro %}

{% macro straight_rows(table, columns) -%}
select
    {%- for column in columns %}
    {{ column.value }} as {{ column.name }},
    {%- endfor %}
    {{ dbt.string_literal(table) }} as source_table,
    {{ dbt_satisfaction.row_key(columns, 'text') }} as record_key,
    cast(null as {{ dbt.type_string() }}) as reject_reason,
    cast(null as {{ dbt.type_string() }}) as reject_column,
    cast(null as {{ dbt.type_string() }}) as reject_value,
    cast(null as {{ dbt.type_string() }}) as row_json
from checked
where
    reject_code is null
{%- endmacro %}

{% macro ranked_suspects(table, columns) -%}
{%- do dbt_satisfaction.checked_marks(table) -%}
{{ dbt_satisfaction.checked_rows(table, columns) }},

repeated as (
    select {{ dbt_satisfaction.key_hash(columns) }} as key_hash
    from checked
    group by 1
    having count(*) > 1
),

-- from here on every column is text; only few rows come this far
suspects as (
    select
        {%- for column in columns %}
        {{ column.text }} as {{ column.name }},
        {%- if column.value != column.name %}
        {{ column.value }},
        {%- endif %}
        {%- endfor %}
        reject_code
    from checked
    where
        reject_code is not null
        or {{ dbt_satisfaction.key_hash(columns) }} in (select key_hash from repeated)
),

ranked as (
    select
        *,
        case
            when reject_code is not null then reject_code
            when {{ dbt_satisfaction.version_number(columns) }} > 1 then 'superseded:{{ (columns | selectattr('key', 'defined') | first).name }}'
        end as final_code
    from suspects
)
{%- endmacro %}

{% macro judged_suspects(table, columns) -%}
select
    {%- for column in columns %}
    {{ column.value }} as {{ column.name }},
    {%- endfor %}
    {{ dbt_satisfaction.reject_columns("'" ~ table ~ "'", columns, 'final_code') }}
from ranked
{%- endmacro %}

{% macro source_columns(table) %}
    {%- set types = {} -%}
    {%- for field in dbt_satisfaction.raw_fields(table) -%}{%- do types.update({field.name | lower: field.type}) -%}{%- endfor -%}
    {%- set columns = [] -%}
    {%- for column in dbt_satisfaction.contract(table) -%}
        {%- set found = types.get(column.source_name | lower) -%}
        {%- set native = dbt_satisfaction.native(column.name, found, column.type) if found -%}
        {%- set text = dbt_satisfaction.clean_text(dbt_satisfaction.as_text(column.name, found)) if native else column.name -%}
        {%- do column.update({
            'is_absent': not found,
            'source': dbt_satisfaction.quoted_name(column.source_name) if native else dbt_satisfaction.raw_column(column, types),
            'text': text,
            'typing': native or dbt_satisfaction.typed(column.name, column.type),
            'value': column.name if column.type == 'string' and not column.codes_from else 'typed_' ~ column.name,
        }) -%}
        {%- if column.codes_from -%}
            {%- do column.update({'typing': dbt_satisfaction.meaning_of(column)}) -%}
        {%- endif -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

{#- The model is joined and not asked by a subquery: DuckDB would keep every row to answer that. -#}
{% macro meaning_of(column) -%}
    codes_of_{{ column.name }}.{{ column.name }}
{%- endmacro %}

{% macro joined_codes(columns) -%}
    {%- for column in columns if column.codes_from %}
    left join {{ ref(column.codes_from) }} as codes_of_{{ column.name }} on lower(source.{{ column.name }}) = codes_of_{{ column.name }}.code
    {%- endfor %}
{%- endmacro %}

{#- They are not kept where they are used twice: to read the few columns that are asked for again costs less than to
    keep every row. -#}
{% macro checked_rows(table, columns) -%}
source as {{ dbt_satisfaction.inlined() }} (
    select
        {%- for column in columns %}
        {{ column.source }} as {{ column.name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ dbt_satisfaction.raw(table) }}
),

typed as {{ dbt_satisfaction.inlined() }} (
    select
        source.*
        {%- for column in columns if column.value != column.name %},
        {{ column.typing }} as {{ column.value }}
        {%- endfor %}
    from source
    {{- dbt_satisfaction.joined_codes(columns) }}
),

checked as {{ dbt_satisfaction.inlined() }} (
    select
        typed.*,
        {{ dbt_satisfaction.reject_code(columns) }} as reject_code
    from typed
)
{%- endmacro %}

{% macro value_of(column) %}
    {{- return(column.value or dbt_satisfaction.typed(column.name, column.type)) -}}
{% endmacro %}

{% macro version_number(columns, ties=[], beside=['reject_code']) -%}
{%- set keys = [] -%}
{%- for column in columns if column.key -%}{%- do keys.append(dbt_satisfaction.value_of(column)) -%}{%- endfor -%}
row_number() over (
                partition by
                    {{ (keys + beside) | join(',\n                    ') }}
                order by
                    {%- for column in columns if column.event %}
                    {{ dbt_satisfaction.value_of(column) }} desc nulls last,
                    {%- endfor %}
                    {%- for name in columns | rejectattr('key', 'equalto', true) | map(attribute='name') | list + ties %}
                    {{ name }} desc nulls last{{ "," if not loop.last }}
                    {%- endfor %}
            )
{%- endmacro %}

{% macro reject_code(columns) -%}
{%- set reasons = {'double': 'not_a_number', 'seconds': 'not_a_number', 'integer': 'not_a_number', 'date': 'not_a_date',
                   'timestamp': 'not_a_date', 'boolean': 'not_a_boolean'} -%}
case
    {%- for column in columns if column.key is true or column.required %}
    {%- set is_key = column.key is true or column.name.endswith('_id') %}
    when {{ column.name }} is null
        {%- for other, codes in (column.not_needed_when or {}).items() %}
        and coalesce(lower({{ dbt_satisfaction.value_of(columns | selectattr('name', 'equalto', other) | first) }}), '') not in ('{{ codes | join("', '") }}')
        {%- endfor %} then '{{ 'missing_key' if is_key else 'missing_value' }}:{{ column.name }}'
    {%- endfor %}
    {%- for column in columns if column.is_id %}
    when {{ dbt_satisfaction.is_damaged_id(column.name) }} then 'damaged_key:{{ column.name }}'
    {%- endfor %}
    {%- for column in columns if column.type != 'string' %}
    {%- set typed = dbt_satisfaction.value_of(column) %}
    when {{ column.name }} is not null and {{ typed }} is null then '{{ reasons[column.type] }}:{{ column.name }}'
    {%- endfor %}
    {%- for column in columns %}
    {%- set typed = dbt_satisfaction.value_of(column) %}
    {%- if column.event %}
    when {{ typed }} >= {{ dbt_satisfaction.first_future_day() }} then 'in_future:{{ column.name }}'
    {%- endif %}
    {%- if column.min is defined %}
    when {{ typed }} < {{ -column.max if column.is_refundable and var('refunds') == 'negative_rows' else column.min }} or {{ typed }} > {{ column.max }} then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- if column.codes is defined %}
    {%- if column.codes_from %}
    when {{ column.name }} is not null and {{ typed }} is null then 'unknown_code:{{ column.name }}'
    {%- else %}
    when not {{ dbt_satisfaction.is_code(column.name, dbt_satisfaction.known_codes(column)) }} then 'unknown_code:{{ column.name }}'
    {%- endif %}
    {%- endif %}
    {%- if dbt_satisfaction.uncounted_codes(column) %}
    when {{ dbt_satisfaction.is_code(typed, dbt_satisfaction.uncounted_codes(column)) }} then 'not_complete:{{ column.name }}'
    {%- endif %}
    {%- if column.not_before is defined %}
    {%- set earlier = columns | selectattr('name', 'equalto', column.not_before) | first %}
    {#- what happened on the same day is not before the time #}
    {%- set least = dbt_satisfaction.value_of(earlier) %}
    when {{ typed }} < {{ 'cast(' ~ least ~ ' as date)' if column.type == 'date' and earlier.type == 'timestamp' else least }}
        then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- for kind, type in (column.typed_by or {}).get('types', {}).items() %}
    when {{ column.typed_by.column }} = '{{ kind }}' and {{ dbt_satisfaction.typed(column.name, type) }} is null and {{ column.name }} is not null
        then '{{ reasons[type] }}:{{ column.name }}'
    {%- endfor %}
    {%- if column.one_of_with is defined %}
    when ({{ column.name }} is null) = ({{ column.one_of_with }} is null) then 'out_of_range:{{ column.name }}'
    {%- endif %}
    {%- if column.given_with is defined %}
    when {{ column.name }} is null and {{ column.given_with }} is not null then 'missing_value:{{ column.name }}'
    {%- endif %}
    {%- for other in column.not_with or [] %}
    when {{ column.name }} is not null and {{ other }} is not null then 'out_of_range:{{ column.name }}'
    {%- endfor %}
    {%- set known = dbt_satisfaction.known_values(column.known_to) if column.known_to else [] %}
    {%- if known %}
    when {{ column.name }} not in ({{ known | join(', ') }}) then 'unknown_code:{{ column.name }}'
    {%- endif %}
    {%- endfor %}
end
{%- endmacro %}

{% macro is_code(value, codes) -%}
    lower(cast({{ value }} as {{ dbt.type_string() }})) in ('{{ codes | join("', '") }}')
{%- endmacro %}

{#- They are no codes: what the method calls them is compared as it is written. -#}
{% macro known_values(known_to) %}
    {%- set values = [] -%}
    {%- if known_to == 'segment_by' -%}
        {%- set values = ['total'] + dbt_satisfaction.segment_types() + dbt_satisfaction.segment_pairs() | map(attribute='type') | list -%}
    {%- else -%}
        {%- set table, column = known_to.split('.') -%}
        {%- set values = dbt_satisfaction.asked_method(table, [column], column) | map(attribute=column) | unique | list -%}
    {%- endif -%}
    {%- set literals = [] -%}
    {%- for value in values -%}{%- do literals.append(dbt_satisfaction.text_literal(value)) -%}{%- endfor -%}
    {{- return(literals) -}}
{% endmacro %}

{% macro known_codes(column) %}
    {{- return(column.codes + (column.partial_codes or []) + (column.preview_codes or [])) -}}
{% endmacro %}

{% macro uncounted_codes(column) %}
    {{- return((column.preview_codes or []) + ((column.partial_codes or []) if var('partial_responses') == 'drop' else [])) -}}
{% endmacro %}

{% macro reject_columns(source_table, columns, code, withheld={}) -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {{ source_table }} as source_table,
    {{ dbt_satisfaction.row_key(columns) }} as record_key,
    split_part({{ code }}, ':', 1) as reject_reason,
    split_part({{ code }}, ':', 2) as reject_column,
    case split_part({{ code }}, ':', 2)
        {%- for column in columns %}
        when '{{ column.name }}' then {{ column.name }}
        {%- endfor %}
    end as reject_value,
    case
        {%- for condition, name in withheld.items() %}
        when {{ condition }} then {{ dbt_satisfaction.row_json(names | reject('equalto', name) | list) }}
        {%- endfor %}
        when {{ code }} is not null then {{ dbt_satisfaction.row_json(names) }}
    end as row_json
{%- endmacro %}

{% macro row_key(columns, part='name') -%}
    {%- for column in columns | selectattr('key', 'defined') if column.key is true or not column.is_absent -%}
        coalesce({{ column[part] }}, '?'){{ " || ' | ' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro reject_reasons() %}
    {{- return(['missing_key', 'missing_value', 'damaged_key', 'not_a_number', 'not_a_date', 'not_a_boolean', 'out_of_range',
        'unknown_code', 'in_future', 'missing_survey', 'unknown_question', 'unknown_answer', 'not_complete', 'superseded']) -}}
{% endmacro %}

{% macro raw_tables() %}
    {{- return(['customers', 'surveys', 'survey_invitations', 'survey_forgotten', 'survey_answers', 'survey_wide', 'transactions', 'subscriptions', 'complaints',
        'competitor_shares', 'loyalty_assessments', 'customer_profiles', 'actions', 'next_action_results']) -}}
{% endmacro %}

{% macro raw_tables_read() %}
    {%- set read = ['customers'] -%}
    {%- set others = {'actions': 'improvement', 'next_action_results': 'follow_up'} -%}
    {%- for table in dbt_satisfaction.raw_tables() if table != 'customers' -%}
        {%- set area = others.get(table, 'survey' if table.startswith('survey') else 'behaviour') -%}
        {%- if area in var('areas') -%}{%- do read.append(table) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(read) -}}
{% endmacro %}
