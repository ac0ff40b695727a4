-- Verdicts are of intervals, and of customers who answered both times; each counts once, whatever its weight.
{%- set figures = ['paired_change', 'paired_change_low', 'paired_change_high', 'control_change', 'net_effect',
    'net_effect_standard_error', 'net_effect_low', 'net_effect_high', 'p_value', 'q_value'] %}
{%- set cell = ['factor_id', 'segment_type', 'segment_value'] %}

with measures as (
    select
        action_id,
        factor_id,
        promise_id,
        category,
        segment_type,
        segment_value,
        title,
        owner,
        planned_on,
        started_on,
        due_on,
        done_on,
        told_customers_on,
        target_points,
        status,
        began_on,
        as_of_date,
        before_survey_id,
        after_survey_id
    from {{ ref('int_improvement_actions') }}
),

scores as (
    select
        counts.survey_id,
        counts.segment_type,
        counts.segment_value,
        counts.factor_id,
        100 * (counts.weighted_sum / nullif(counts.valid_weight, 0) - scales.value_min)
        / (scales.value_max - scales.value_min) as score
    from {{ ref('int_segment_counts') }} as counts
    inner join {{ ref('int_factor_scales') }} as scales on counts.factor_id = scales.factor_id
),

effects as (
    select
        action_id,
        n_treated,
        {%- for figure in figures %}
        {{ dbt_satisfaction.nan_to_null(figure) }} as {{ figure }},
        {%- endfor %}
        n_control
    from {{ ref('py_improvement_effects') }}
),

joined as (
    select
        measures.*,
        earlier.score as before_score,
        later.score as after_score,
        coalesce(effects.n_treated, 0) as n_treated,
        coalesce(effects.n_control, 0) as n_control,
        {{ dbt_satisfaction.prefixed('effects.', figures) | join(',\n        ') }},
        case
            when measures.status = 'cancelled' then 'cancelled'
            when measures.factor_id is null then 'no_factor'
            when measures.began_on is not null and measures.before_survey_id is null then 'no_wave_before'
            when measures.after_survey_id is null then 'no_wave_after'
            when measures.segment_type = 'total' then 'no_comparison'
            when effects.net_effect_low is null then 'too_few_pairs'
        end as verdict_reason
    from measures
    left join effects on measures.action_id = effects.action_id
    left join scores as earlier
        on measures.before_survey_id = earlier.survey_id
        and {{ dbt_satisfaction.are_same('measures', 'earlier', cell) }}
    left join scores as later
        on measures.after_survey_id = later.survey_id
        and {{ dbt_satisfaction.are_same('measures', 'later', cell) }}
)

select
    action_id,
    title,
    owner,
    status,
    factor_id,
    promise_id,
    category,
    segment_type,
    segment_value,
    planned_on,
    started_on,
    due_on,
    done_on,
    told_customers_on,
    case
        when status = 'overdue' then cast({{ dbt.datediff('due_on', 'as_of_date', 'day') }} as integer) -- noqa: LT05
    end as days_overdue,
    before_survey_id,
    after_survey_id,
    before_score,
    after_score,
    n_treated,
    n_control,
    {{ figures | join(',\n    ') }},
    case
        when verdict_reason = 'no_wave_after' then 'too_early'
        when verdict_reason is not null then 'not_measurable'
        when net_effect_low > 0 then 'worked'
        when net_effect_high < 0 then 'worse'
        else 'no_effect_seen'
    end as verdict,
    verdict_reason,
    target_points,
    paired_change >= target_points as is_target_met,
    n_treated >= {{ var('min_respondents') }} and n_control >= {{ var('min_respondents') }} as is_reliable
from joined
