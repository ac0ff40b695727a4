{#- Sums over pairs of variables, of which every mean, variance and correlation is made, for every segment of a wave:
    a row per segment, resample group and pair (left_id <= right_id; a variable is paired with itself too), over the
    respondents who have both values.

    They are added up wide, a column per sum, and become rows only then. First over all who have a variable; what those
    add who lack the other one of a pair is taken away again, so that most sums are over respondents with gaps alone. As
    all are exact decimals, nothing is lost by it.

    respondents: a relation with survey_id, a column per segment type and resample_group, one row per respondent.
    variables: a list of {id, value}; value is an expression over that relation, null where there is none. Where they have
    a list of scopes, only variables that share one are paired.
    group: the resample group, 0 in cells below min_respondents; or '0' where nothing is to be drawn at all. -#}
{% macro pair_moments(respondents, variables, group='resample_group') -%}
    {%- set types = ['total'] + dbt_satisfaction.segment_types() -%}
    {%- set variables = variables or [{'id': '', 'value': 'cast(null as double)'}] -%}
    {%- set cell = ['survey_id', 'segment_type', 'segment_value', 'resample_group'] -%}
    {%- set sums, counts, lost_sums, lost_counts, rows = {}, {}, {}, {}, [] -%}
    {%- for left in variables -%}
        {%- set i = loop.index -%}
        {%- do sums.update({'s%d' % i: 's%d' % i, 'q%d' % i: 'q%d' % i}) -%}
        {%- do counts.update({'n%d' % i: 'v%d is not null' % i}) -%}
        {%- for right in variables if left.id <= right.id
            and (left.scopes is not defined or left.scopes | select('in', right.scopes) | list) -%}
            {%- set j = variables.index(right) + 1 -%}
            {%- set figures = ['s{0}', 's{0}', 'q{0}', 'q{0}', 'q{0}', 'n{0}'] if i == j else
                ['s{0} - s{0}_{1}', 's{1} - s{1}_{0}', 'q{0} - q{0}_{1}', 'q{1} - q{1}_{0}', 'p{0}_{1}', 'n{0} - n{0}_{1}'] -%}
            {%- set row = [dbt_satisfaction.text_literal(left.id), dbt_satisfaction.text_literal(right.id)] -%}
            {%- for figure in figures -%}
                {%- do row.append(figure.format(i, j)) -%}
            {%- endfor -%}
            {%- do rows.append(row) -%}
            {%- if i != j -%}
                {%- do sums.update({'p{0}_{1}'.format(i, j): 'v{0} * v{1}'.format(i, j)}) -%}
                {%- do lost_counts.update({'n{0}_{1}'.format(i, j): 'v{0} is not null and v{1} is null'.format(i, j)}) -%}
                {%- for name in ['s{0}_{1}', 's{1}_{0}', 'q{0}_{1}', 'q{1}_{0}'] -%}
                    {%- set lost = name.format(i, j) -%}
                    {%- do lost_sums.update({lost: 'case when v%s is null then %s end' % (lost.split('_')[1], lost.split('_')[0])}) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
with given as (
    select
        survey_id,
        {{ types | join(',\n        ') }},
        {{ group }} as resample_group
        {%- for variable in variables %},
        {{ variable.value }} as v{{ loop.index }},
        cast({{ variable.value }} as decimal(38, 12)) as s{{ loop.index }},
        cast({{ variable.value }} * {{ variable.value }} as decimal(38, 12)) as q{{ loop.index }}
        {%- endfor %}
    from {{ respondents }}
),
{% if group != '0' %}
-- as Cell.n_respondents counts: nothing is drawn in a cell in which no variable has min_respondents
drawn as (
    select * from {{ dbt_satisfaction.summed_by_type('given', ['survey_id'], {}, counts) }} as counted
    where {% for n in counts %}{{ n }} >= {{ var('min_respondents') }}{{ " or " if not loop.last }}{% endfor %}
),

dealt as (
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
dealt as (
    select * from given
),
{% endif %}
with_gaps as (
    select * from dealt
    where not ({{ counts.values() | join(' and ') }})
),

had as (
    {{ dbt_satisfaction.summed_cells('dealt', sums, counts, group != '0') }}
),

lost as (
    {{ dbt_satisfaction.summed_cells('with_gaps', lost_sums or sums, lost_counts or counts, group != '0') }}
),

wide as (
    select
        had.*
        {%- for name in lost_sums.keys() | list + lost_counts.keys() | list %},
        coalesce(lost.{{ name }}, 0) as {{ name }}
        {%- endfor %}
    from had
    left join lost
        on {% for key in cell %}had.{{ key }} = lost.{{ key }}{{ "\n        and " if not loop.last }}{% endfor %}
)

select
    {{ (cell + ['left_id', 'right_id']) | join(',\n    ') }},
    {%- for sum in ['sum_left', 'sum_right', 'square_left', 'square_right', 'product'] %}
    cast({{ sum }} as double) as {{ sum }},
    {%- endfor %}
    n
from {{ dbt_satisfaction.unpivot_groups(
    'wide', cell, rows,
    ['left_id', 'right_id', 'sum_left', 'sum_right', 'square_left', 'square_right', 'product', 'n']
) }} as pairs
where n > 0
{%- endmacro %}

{#- Sums by segment and resample group: a group differs by segment type where it is drawn, and few share a combination. -#}
{% macro summed_cells(relation, sums, counts, is_drawn) -%}
    {%- set keys = ['survey_id', 'resample_group'] -%}
    {%- if is_drawn -%}
    select * from {{ dbt_satisfaction.summed_by_type(relation, keys, sums, counts, exact=true, own=keys[1:]) }} as sums
    {%- else -%}
    select * from {{ dbt_satisfaction.summed_by_segment(relation, keys, sums, counts, exact=true) }} as sums
    {%- endif -%}
{%- endmacro %}

{#- Respondents are dealt into this many groups by chance; bootstraps draw groups, so that what Python holds does not grow
    with the respondents. With 200 groups an interval is about as sure as one of a bootstrap with 200 respondents. -#}
{% macro n_resample_groups() %}{{ return(200) }}{% endmacro %}
