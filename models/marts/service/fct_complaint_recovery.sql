{%- set counts = ['n_customers', 'n_not_evaluable', 'n_pending', 'n_recovered', 'n_not_recovered', 'n_lost'] %}
{%- set cell = ['month_start', 'segment_type', 'segment_value'] %}
{%- set shown = ['groups.n_recovered', 'groups.n_evaluated'] %}

with sums as (
    select
        {{ (cell + ['complaint_group'] + counts) | join(',\n        ') }}
    from {{ ref('int_recovery_sums') }}
),

groups as (
    select
        {{ (cell + ['complaint_group'] + counts) | join(',\n        ') }},
        n_recovered + n_not_recovered + n_lost as n_evaluated
    from sums
    where complaint_group in ('kept', 'broken', 'none')
    union all
    select
        {{ cell | join(',\n        ') }},
        'all' as complaint_group,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(n_recovered + n_not_recovered + n_lost) as bigint) as n_evaluated
    from sums
    where complaint_group != 'none'
    group by {{ cell | join(', ') }}
),

-- the counts of a cell's other groups beside each; a cell in which nobody complained says nothing
cells as (
    select
        {{ cell | join(',\n        ') }},
        coalesce(max(n_recovered) filter (where complaint_group = 'none'), 0) as none_recovered,
        coalesce(max(n_evaluated) filter (where complaint_group = 'none'), 0) as none_evaluated,
        coalesce(max(n_recovered) filter (where complaint_group = 'broken'), 0) as broken_recovered,
        coalesce(max(n_evaluated) filter (where complaint_group = 'broken'), 0) as broken_evaluated
    from groups
    group by {{ cell | join(', ') }}
    having bool_or(complaint_group = 'all')
)

select
    {%- for name in cell + ['complaint_group'] + counts + ['n_evaluated'] %}
    groups.{{ name }},
    {%- endfor %}
    {{ dbt_satisfaction.share_of(*shown) }} as recovered_share,
    {{ dbt_satisfaction.wilson_low(*shown) }} as recovered_low,
    {{ dbt_satisfaction.wilson_high(*shown) }} as recovered_high,
    {%- for other, name, condition in [
        ('none', 'difference', "groups.complaint_group != 'none'"),
        ('broken', 'kept_difference', "groups.complaint_group = 'kept'"),
    ] %}
    {%- set pair = shown + ['cells.' ~ other ~ '_recovered', 'cells.' ~ other ~ '_evaluated'] %}
    case when {{ condition }} then {{ dbt_satisfaction.share_difference(*pair) }} end as {{ name }},
    case when {{ condition }} then {{ dbt_satisfaction.newcombe_low(*pair) }} end as {{ name }}_low,
    case when {{ condition }} then {{ dbt_satisfaction.newcombe_high(*pair) }} end as {{ name }}_high,
    {%- endfor %}
    groups.n_evaluated >= {{ var('min_respondents') }} as is_reliable
from groups
inner join cells
    on groups.month_start = cells.month_start
    and groups.segment_type = cells.segment_type
    and groups.segment_value = cells.segment_value
