-- All that is known of a customer's loyalty in a month, in one row: figures, profile, index, ladder, class. The marts
-- show columns of it. A customer without behaviour has a class at most. One who has left keeps what is known, and
-- has no level, index, class or modelled probability.
{%- set ladder = [
    ('left_since', 'date'), ('last_level', 'integer'), ('rhythm', dbt.type_string()),
    ('is_evaluable', 'boolean'), ('n_events', 'integer'), ('replayed_level_before', 'integer'), ('set_level', 'integer'),
    ('change_sum', 'integer'), ('replayed_level', 'integer'), ('is_clamped', 'boolean'), ('held_level', 'integer'),
    ('held_change', 'integer'), ('ladder_level', 'integer'), ('ladder_level_before', 'integer'),
    ('n_purchases', 'bigint'), ('amount', 'double'), ('revenue', 'double'), ('product_count', 'integer'),
    ('breadth', 'integer'),
] %}
{%- set repeat = ['repeat_probability', 'repeat_source', 'repeat_low', 'repeat_high', 'repeat_straddles',
    'repeat_band'] %}

with profiled as (
    {{ dbt_satisfaction.with_profiles(ref('int_ladder')) }}
),

without_behaviour as (
    select
        customer_id,
        {{ dbt_satisfaction.each_month('first_month', 'last_month') }} as month_start
    from {{ ref('int_customer_spans') }}
    where not has_behaviour
),

months as (
    select
        profiled.customer_id,
        profiled.month_start,
        true as has_behaviour,
        profiled.customer_status,
        cast(profiled.tenure_months as integer) as tenure_months,
        {%- for name, type in ladder %}
        cast(profiled.{{ name }} as {{ type }}) as {{ name }},
        {%- endfor %}
        profiles.profile_id
    from profiled
    left join {{ ref('int_loyalty_profiles') }} as profiles
        on profiled.customer_status != 'left'
        and {{ dbt_satisfaction.same_profile('profiled', 'profiles') }}
    union all
    select
        customer_id,
        month_start,
        false as has_behaviour,
        'unknown' as customer_status,
        cast(null as integer) as tenure_months,
        {%- for name, type in ladder %}
        cast(null as {{ type }}) as {{ name }},
        {%- endfor %}
        cast(null as bigint) as profile_id
    from without_behaviour
)

select
    months.*,
    indices.index_score as loyalty_index,
    indices.weight_coverage,
    classes.survey_id,
    classes.answered_on,
    cast(classes.overall_level as integer) as overall_level,
    classes.is_satisfied,
    {%- for name in repeat %}
    case
        when months.customer_status != 'left' or classes.repeat_source = 'stated' then classes.{{ name }}
    end as {{ name }},
    {%- endfor %}
    {%- for name in ['class_id', 'is_loyal', 'relation_id'] %}
    case when months.customer_status != 'left' then classes.{{ name }} end as {{ name }},
    {%- endfor %}
    classes.recommendation,
    classes.recommend_band
from months
left join {{ ref('py_loyalty_index') }} as indices on months.profile_id = indices.profile_id
left join {{ ref('int_loyalty_classes') }} as classes
    on months.customer_id = classes.customer_id
    and months.month_start >= classes.from_month
    and (months.month_start < classes.to_month or classes.to_month is null)
