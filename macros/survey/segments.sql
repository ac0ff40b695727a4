{% macro segment_types() %}
    {%- set named = var('segment_by') or [] -%}
    {%- set types = ([named] if named is string or named is not iterable else named) | unique | list -%}
    {%- set standing = dbt_satisfaction.standing_types() -%}
    {%- set columns = dbt_satisfaction.contract('customers') | map(attribute='name') | list if execute else types -%}
    {%- set known = columns | reject('in', ['customer_id', 'valid_from']) | list + ['age_band'] -%}
    {%- for type in types if type not in known and type not in standing -%}
        {%- do dbt_satisfaction.stop_for_retired("var segment_by", 'customers', type) -%}
        {{ exceptions.raise_compiler_error("var segment_by: customers have no column '" ~ type ~ "' to be cut by. Use some of "
            ~ (known + standing.keys() | list) | join(', ') ~ "; an extra column is called x_… and must be declared in extra_columns.") }}
    {%- endfor -%}
    {%- for type in types if execute and type in standing and standing[type] not in var('areas') -%}
        {{ exceptions.raise_compiler_error("var segment_by: " ~ type ~ " needs the area " ~ standing[type] ~ ". Add it to areas, or leave "
            ~ type ~ " out.") }}
    {%- endfor -%}
    {{- return(types) -}}
{% endmacro %}

{#- Only what is measured of respondents is cut by them: a month cut by its own level would say what it was asked. -#}
{% macro standing_types() %}
    {{- return({'ladder_level': 'loyalty', 'loyalty_class': 'loyalty', 'tenure_band': 'loyalty', 'contribution_band': 'tiers'}) -}}
{% endmacro %}

{% macro earned_types() %}
    {%- set asked = dbt_satisfaction.segment_types() -%}
    {%- set earned = [] -%}
    {%- for type, area in dbt_satisfaction.standing_types().items() if type in asked and area in var('areas') -%}
        {%- do earned.append(type) -%}
    {%- endfor -%}
    {{- return(earned) -}}
{% endmacro %}

{% macro declared_types() %}
    {{- return(dbt_satisfaction.segment_types() | reject('in', dbt_satisfaction.standing_types()) | list) -}}
{% endmacro %}

{% macro attributes_at(keyed, keys, types) -%}
    {%- set earned = types | select('in', dbt_satisfaction.earned_types()) | list -%}
    select
        {%- for key in keys %}
        keyed.{{ key }},
        {%- endfor %}
        {%- for type in types %}
        {% if type == 'total' -%}
            'total'
        {%- elif type == 'age_band' -%}
            cast({{ dbt_satisfaction.customer_age('versions', 'keyed.on_date') }} as {{ dbt.type_string() }})
        {%- elif type in earned -%}
            standing.{{ type }}
        {%- else -%}
            cast(versions.{{ type }} as {{ dbt.type_string() }})
        {%- endif %} as {{ type }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ keyed }} as keyed
    left join {{ ref('int_declared_customers') }} as versions
        on keyed.customer_id = versions.customer_id
        and {{ dbt_satisfaction.holds_on('versions', 'keyed.on_date') }}
    {%- if earned %}
    left join {{ ref('int_customer_segments') }} as standing
        on keyed.survey_id = standing.survey_id
        and keyed.customer_id = standing.customer_id
    {%- endif %}
{%- endmacro %}

{% macro holds_on(versions, on_date) -%}
    {%- set day = "coalesce(" ~ on_date ~ ", cast('9999-12-30' as date))" -%}
    {{- day ~ " >= " ~ versions ~ ".valid_from and " ~ day ~ " < " ~ versions ~ ".valid_to" -}}
{%- endmacro %}

{% macro customer_age(versions, on_date) -%}
    {%- set born = dbt_satisfaction.age_in_years(versions ~ '.birth_date', on_date) -%}
    {{- "coalesce(" ~ born ~ ", cast(" ~ versions ~ ".x_age as integer))" if 'age' in dbt_satisfaction.declared_columns('customers') else born -}}
{%- endmacro %}

{#- A type that the method table does not name is no less a segment type: it only lacks labels. -#}
{% macro segment_columns(attributes, kept, types) -%}
    {%- set banded = dbt_satisfaction.banded_types() -%}
    select
        {%- for name in kept %}
        attributes.{{ name }},
        {%- endfor %}
        {%- for type in types %}
        coalesce({{ 'bands_' ~ type ~ '.segment_value' if type in banded else 'attributes.' ~ type }}, 'unknown') as {{ type }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ attributes }} as attributes
    {%- for type in types if type in banded %}
    left join {{ dbt_satisfaction.method_table('segments') }} as bands_{{ type }}
        on bands_{{ type }}.segment_type = '{{ type }}'
        and bands_{{ type }}.segment_value is not null
        and try_cast(attributes.{{ type }} as double) >= coalesce(bands_{{ type }}.lower_bound, -1e300)
        and try_cast(attributes.{{ type }} as double) < coalesce(bands_{{ type }}.upper_bound, 1e300)
    {%- endfor %}
{%- endmacro %}

{% macro banded_types() %}
    {{- return(dbt_satisfaction.asked_method(
        'segments', ['segment_type'], 'segment_type', 'lower_bound is not null or upper_bound is not null'
    ) | map(attribute='segment_type') | unique | list) -}}
{% endmacro %}

{#- By combination of segment values first; of these few rows every segment is a sum. -#}
{% macro summed_by_segment(relation, keys, sums, counts, exact=false, types=none) -%}
    {%- set types = types or ['total'] + dbt_satisfaction.segment_types() -%}
    {{ dbt_satisfaction.summed_combinations(
        '(' ~ dbt_satisfaction.summed_by_combination(relation, keys, types, sums, counts) ~ ') as combinations',
        keys, types, sums.keys() | list, counts.keys() | list, exact
    ) }}
{%- endmacro %}

{#- For keys that part respondents so finely that hardly any two share a combination, and for many sums. -#}
{% macro summed_by_type(relation, keys, sums, counts, exact=false, own=[]) -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
    (
        select
            {{ keys[0] }},
            case
                {%- for type in types %}
                when grouping({{ type }}) = 0 then '{{ type }}'
                {%- endfor %}
            end as segment_type,
            coalesce({{ types | join(', ') }}) as segment_value,
            {%- for key in keys[1:] %}
            {{ key if key not in own else 'coalesce(' ~ dbt_satisfaction.prefixed(key ~ '_', types) | join(', ') ~ ')' }} as {{ key }},
            {%- endfor %}
            {%- for name, value in sums.items() %}
            cast(sum(cast({{ value }} as decimal(38, 12))) as {{ 'decimal(38, 12)' if exact else 'double' }}) as {{ name }},
            {%- endfor %}
            {%- for name, condition in counts.items() %}
            count(case when {{ condition }} then 1 end) as {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ relation }}
        group by grouping sets (
            {%- for type in types %}
            ({{ type }}{% for key in keys %}, {{ key ~ '_' ~ type if key in own else key }}{% endfor %}){{ "," if not loop.last }}
            {%- endfor %}
        )
    )
{%- endmacro %}

{% macro summed_by_attributes(relation, keys, sums, counts) -%}
    {%- set types = ['total'] + dbt_satisfaction.declared_types() -%}
    {%- set figures = sums.keys() | list + counts.keys() | list -%}
    {{ dbt_satisfaction.summed_combinations(
        '(' ~ dbt_satisfaction.segment_columns(
            '(' ~ dbt_satisfaction.summed_by_combination(relation, keys, types, sums, counts) ~ ')', keys + figures, types
        ) ~ ') as combinations',
        keys, types, sums.keys() | list, counts.keys() | list
    ) }}
{%- endmacro %}

{% macro summed_combinations(combinations, keys, types, sums, counts, exact=false) -%}
    (
        select
            {{ keys[0] }},
            segment_type,
            segment_value,
            {%- for key in keys[1:] %}
            {{ key }},
            {%- endfor %}
            {%- for name in sums %}
            cast(sum({{ name }}) as {{ 'decimal(38, 12)' if exact else 'double' }}) as {{ name }},
            {%- endfor %}
            {%- for name in counts %}
            cast(sum({{ name }}) as bigint) as {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ dbt_satisfaction.unpivot_columns(
            combinations, keys + sums + counts, types, 'segment_type', 'segment_value'
        ) }} as members
        group by segment_type, segment_value, {{ keys | join(', ') }}
    )
{%- endmacro %}

{#- Counts have no filter (where …): DuckDB cuts all columns once more for each, and hundreds of them take a minute. -#}
{% macro summed_by_combination(relation, keys, types, sums, counts) -%}
    select
        {{ (types + keys) | join(', ') }},
        {%- for name, value in sums.items() %}
        sum(cast({{ value }} as decimal(38, 12))) as {{ name }},
        {%- endfor %}
        {%- for name, condition in counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ (types + keys) | join(', ') }}
{%- endmacro %}

{% macro known_segments() %}
    {%- set text = dbt.type_string() -%}
    {%- set banded = dbt_satisfaction.banded_types() + ['age_band'] -%}
    select
        cast('total' as {{ text }}) as segment_type,
        cast('total' as {{ text }}) as segment_value
    {%- for type in dbt_satisfaction.declared_types() %}
    union all
    select
        '{{ type }}' as segment_type,
        'unknown' as segment_value
    union
    select distinct
        '{{ type }}' as segment_type,
        {% if type in banded -%}
        segment_value
    from {{ dbt_satisfaction.method_table('segments') }} as bands
    where segment_type = '{{ type }}' and segment_value is not null
        {%- else -%}
        cast({{ type }} as {{ text }}) as segment_value
    from {{ ref('base_customers') }}
    where reject_reason is null and {{ type }} is not null
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
