{#- pair_moments. What differs is how wide a query may be: for Spark a row per respondent and pair, since it plans sums in
    hundreds of columns for minutes; on DuckDB these rows would take gigabytes.

    On DuckDB a column per sum, in one row per segment and group, which become rows only then. First sums over all who have
    a variable; what those add who lack the other one of a pair is taken away again, so that most sums are over respondents
    with gaps alone. As all are exact decimals, nothing is lost by it. -#}
{% macro duckdb__pair_moments(respondents, variables, group, weight) -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
    {%- set variables = variables or [{'id': '', 'value': 'cast(null as double)'}] -%}
    {%- set cell = ['survey_id', 'segment_type', 'segment_value', 'resample_group'] -%}
    {%- set times = ' * ' ~ weight if weight else '' -%}
    {%- set weights = ['weights', 'weight_squares'] if weight else [] -%}
    {%- set powers = {'w': weight, 'x': weight ~ ' * ' ~ weight} if weight else {} -%}
    {%- set sums, counts, parts = {}, {}, [] -%}
    {%- for left in variables -%}
        {%- set i = loop.index -%}
        {%- for name in ['s', 'q'] + powers.keys() | list -%}
            {%- do sums.update({name ~ i: name ~ i}) -%}
        {%- endfor -%}
        {%- do counts.update({'n%d' % i: 'v%d is not null' % i}) -%}
        {%- for right in variables if dbt_satisfaction.are_paired(left, right) -%}
            {%- set j = variables.index(right) + 1 -%}
            {%- set figures = ['s{0}', 's{0}', 'q{0}', 'q{0}', 'q{0}', 'n{0}'] if i == j else
                ['s{0} - s{0}_{1}', 's{1} - s{1}_{0}', 'q{0} - q{0}_{1}', 'q{1} - q{1}_{0}', 'p{0}_{1}', 'n{0} - n{0}_{1}'] -%}
            {%- for name in powers -%}
                {%- do figures.append(name ~ ('{0}' if i == j else '{0} - ' ~ name ~ '{0}_{1}')) -%}
            {%- endfor -%}
            {%- set row = [dbt_satisfaction.text_literal(left.id), dbt_satisfaction.text_literal(right.id)] -%}
            {%- for figure in figures -%}
                {%- do row.append(('{}' if figure[0] == 'n' else 'cast({} as double)').format(figure.format(i, j))) -%}
            {%- endfor -%}
            {%- if not parts or parts[-1].rows | length == 50 -%}
                {%- do parts.append({'rows': [], 'sums': {}, 'counts': {}}) -%}
            {%- endif -%}
            {%- do parts[-1].rows.append(row) -%}
            {%- if i != j -%}
                {%- do sums.update({'p{0}_{1}'.format(i, j): 'v{0} * v{1}'.format(i, j) ~ times}) -%}
                {%- do parts[-1].counts.update({'n{0}_{1}'.format(i, j): 'v{0} is not null and v{1} is null'.format(i, j)}) -%}
                {%- for name in ['s{0}_{1}', 's{1}_{0}', 'q{0}_{1}', 'q{1}_{0}'] + (['w{0}_{1}', 'x{0}_{1}'] if weight else []) -%}
                    {%- set lost = name.format(i, j) -%}
                    {%- do parts[-1].sums.update({lost: 'case when v%s is null then %s end' % (lost.split('_')[1], lost.split('_')[0])}) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
with given as {{ dbt_satisfaction.inlined() }} (
    select
        survey_id,
        {{ types | join(',\n        ') }},
        {{ group }} as resample_group
        {%- for variable in variables %},
        {%- set i = loop.index %}
        {{ variable.value }} as v{{ i }},
        cast({{ variable.value ~ times }} as decimal(38, 12)) as s{{ i }},
        cast({{ variable.value }} * {{ variable.value ~ times }} as decimal(38, 12)) as q{{ i }}
        {%- for name, power in powers.items() %},
        cast(case when {{ variable.value }} is not null then {{ power }} end as decimal(38, 12)) as {{ name ~ i }}
        {%- endfor %}
        {%- endfor %}
        {{- ', ' ~ weight if weight }}
    from {{ respondents }}
),
{% if group != '0' %}
-- as Cell.n_respondents counts: nothing is drawn in a cell in which no variable has min_respondents
drawn as (
    select * from {{ dbt_satisfaction.summed_by_type('given', ['survey_id'], {}, counts) }} as counted
    where {% for n in counts %}{{ n }} >= {{ var('min_respondents') }}{{ " or " if not loop.last }}{% endfor %}
),

dealt as {{ dbt_satisfaction.inlined() }} (
    select
        given.*
        {%- for type in types %},
        case when drawn_{{ type }}.survey_id is null then 0 else given.resample_group end as resample_group_{{ type }}
        {%- endfor %}
    from given
    {%- for type in types %}
    left join drawn as drawn_{{ type }}
        on given.survey_id = drawn_{{ type }}.survey_id
        and drawn_{{ type }}.segment_type = '{{ type }}'
        and given.{{ type }} = drawn_{{ type }}.segment_value
    {%- endfor %}
),
{% else %}
dealt as {{ dbt_satisfaction.inlined() }} (
    select * from given
),
{% endif %}
with_gaps as {{ dbt_satisfaction.inlined() }} (
    select * from dealt
    where not ({{ counts.values() | join(' and ') }})
),

had as (
    {{ dbt_satisfaction.summed_cells('dealt', sums, counts, group != '0') }}
)
{%- for part in parts %},

lost_{{ loop.index }} as (
    {{ dbt_satisfaction.summed_cells('with_gaps', part.sums or sums, part.counts or counts, group != '0') }}
),

wide_{{ loop.index }} as (
    select
        had.*
        {%- for name in part.sums.keys() | list + part.counts.keys() | list %},
        coalesce(lost.{{ name }}, 0) as {{ name }}
        {%- endfor %}
    from had
    left join lost_{{ loop.index }} as lost
        on {% for key in cell %}had.{{ key }} = lost.{{ key }}{{ "\n        and " if not loop.last }}{% endfor %}
)
{%- endfor %}
{% for part in parts %}
{{ "union all" if not loop.first }}
select *
from {{ dbt_satisfaction.unpivot_groups(
    'wide_' ~ loop.index, cell, part.rows,
    ['left_id', 'right_id', 'sum_left', 'sum_right', 'square_left', 'square_right', 'product', 'n'] + weights
) }} as pairs
where n > 0
{%- endfor %}
{%- endmacro %}

{#- Few respondents share a combination of segments and group: where groups differ, one segment type comes after the
    other. -#}
{% macro summed_cells(relation, sums, counts, is_drawn) -%}
    {%- set keys = ['survey_id', 'resample_group'] -%}
    {%- if is_drawn -%}
    select * from {{ dbt_satisfaction.summed_by_type(relation, keys, sums, counts, exact=true, own=keys[1:]) }} as sums
    {%- else -%}
    select * from {{ dbt_satisfaction.summed_by_segment(relation, keys, sums, counts, exact=true) }} as sums
    {%- endif -%}
{%- endmacro %}

{#- The same as rows of pairs. -#}
{% macro spark__pair_moments(respondents, variables, group, weight) -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
    {%- set times = ' * ' ~ weight if weight else '' -%}
    {%- set sums = {
        'sum_left': 'left_value' ~ times, 'sum_right': 'right_value' ~ times, 'square_left': 'left_value * left_value' ~ times,
        'square_right': 'right_value * right_value' ~ times, 'product': 'left_value * right_value' ~ times
    } -%}
    {%- do sums.update({'weights': weight, 'weight_squares': weight ~ ' * ' ~ weight}) if weight -%}
    {%- set rows = [] -%}
    {%- for left in variables -%}
        {%- for right in variables if dbt_satisfaction.are_paired(left, right) -%}
            {%- do rows.append([dbt_satisfaction.text_literal(left.id), dbt_satisfaction.text_literal(right.id), left.value, right.value]) -%}
        {%- endfor -%}
    {%- endfor -%}
with pairs as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        respondents, ['survey_id', group ~ ' as resample_group'] + ([weight] if weight else []) + types,
        rows or [["''", "''", 'cast(null as double)', 'cast(null as double)']],
        ['left_id', 'right_id', 'left_value', 'right_value']
    ) }} as cells
    where left_value is not null and right_value is not null
),

sums as (
    select *
    from {{ dbt_satisfaction.summed_by_segment(
        'pairs', ['survey_id', 'resample_group', 'left_id', 'right_id'], sums, {'n': '1 = 1'}
    ) }} as sums
){{ "," if group != '0' }}

{% if group == '0' -%}
select * from sums
{%- else -%}
variables as (
    select
        survey_id,
        segment_type,
        segment_value,
        sum(n) as n
    from sums
    where left_id = right_id
    group by survey_id, segment_type, segment_value, left_id
),

-- as Cell.n_respondents counts: nothing is drawn in a cell in which no variable has min_respondents
drawn as (
    select distinct
        survey_id,
        segment_type,
        segment_value
    from variables
    where n >= {{ var('min_respondents') }}
)

select
    sums.survey_id,
    sums.segment_type,
    sums.segment_value,
    case when drawn.survey_id is null then 0 else sums.resample_group end as resample_group,
    sums.left_id,
    sums.right_id,
    {%- for figure in sums %}
    cast(sum(cast(sums.{{ figure }} as decimal(38, 12))) as double) as {{ figure }},
    {%- endfor %}
    cast(sum(sums.n) as bigint) as n
from sums
left join drawn
    on sums.survey_id = drawn.survey_id
    and sums.segment_type = drawn.segment_type
    and sums.segment_value = drawn.segment_value
group by all
{%- endif %}
{%- endmacro %}
