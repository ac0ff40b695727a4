{%- set counts = ['n_customers', 'n_not_evaluable', 'n_pending', 'n_recovered', 'n_not_recovered', 'n_lost'] %}
{%- set cell = ['month_start', 'segment_type', 'segment_value'] %}
{%- set columns = (cell + ['n_evaluated', 'amount_sum'] + counts) | join(',\n        ') %}
{%- set shown = ['groups.n_recovered', 'groups.n_evaluated'] %}
{%- set gained = shown + ['cells.not_compensated_recovered', 'cells.not_compensated_evaluated'] %}
{%- set is_compensated = "groups.complaint_group = 'compensated'" %}

with sums as (
    select
        {{ (cell + ['complaint_group', 'compensation', 'amount_sum'] + counts) | join(',\n        ') }},
        n_recovered + n_not_recovered + n_lost as n_evaluated
    from {{ ref('int_recovery_sums') }}
),

-- of those whose answer came late, by what they got for it
members as (
    select
        {{ columns }},
        complaint_group as member_of
    from sums
    where complaint_group in ('kept', 'broken', 'none')
    union all
    select
        {{ columns }},
        'all' as member_of
    from sums
    where complaint_group != 'none'
    union all
    select
        {{ columns }},
        compensation as member_of
    from sums
    where complaint_group = 'broken' and compensation != 'unknown'
),

groups as (
    select
        {{ cell | join(',\n        ') }},
        member_of as complaint_group,
        {%- for name in counts + ['n_evaluated'] %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(amount_sum) as double) as compensation_amount
    from members
    group by {{ cell | join(', ') }}, member_of
),

-- the counts of a cell's other groups beside each; a cell in which nobody complained says nothing
cells as (
    select
        {{ cell | join(',\n        ') }},
        {%- for name in ['none', 'broken', 'not_compensated'] %}
        coalesce(max(n_recovered) filter (where complaint_group = '{{ name }}'), 0) as {{ name }}_recovered,
        coalesce(max(n_evaluated) filter (where complaint_group = '{{ name }}'), 0) as {{ name }}_evaluated,
        {%- endfor %}
        bool_or(complaint_group = 'all') as has_complaint
    from groups
    group by {{ cell | join(', ') }}
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
        ('not_compensated', 'compensated_difference', is_compensated),
    ] %}
    {%- set pair = shown + ['cells.' ~ other ~ '_recovered', 'cells.' ~ other ~ '_evaluated'] %}
    case when {{ condition }} then {{ dbt_satisfaction.share_difference(*pair) }} end as {{ name }},
    case when {{ condition }} then {{ dbt_satisfaction.newcombe_low(*pair) }} end as {{ name }}_low,
    case when {{ condition }} then {{ dbt_satisfaction.newcombe_high(*pair) }} end as {{ name }}_high,
    {%- endfor %}
    case when {{ is_compensated }} then groups.compensation_amount end as compensation_amount,
    -- of so many recovered more than there would be without
    case
        when {{ is_compensated }} and {{ dbt_satisfaction.share_difference(*gained) }} > 0
            then groups.compensation_amount / (groups.n_evaluated * {{ dbt_satisfaction.share_difference(*gained) }})
    end as cost_per_recovered,
    groups.n_evaluated >= {{ var('min_respondents') }} as is_reliable
from groups
inner join cells
    on groups.month_start = cells.month_start
    and groups.segment_type = cells.segment_type
    and groups.segment_value = cells.segment_value
where cells.has_complaint
