-- Every measure with its status on the day that the data is looked at, and the two waves that it is judged by: the last
-- one before its first day, and the first one from effect_days after it was done. Only waves that ask for its factor
-- count.
{%- set shows_on = dbt.dateadd('day', var('effect_days'), 'coalesce(measures.done_on, measures.began_on)') %}

with measures as (
    select
        actions.*,
        coalesce(actions.started_on, actions.done_on) as began_on,
        coalesce(actions.segment_type, 'total') as of_type,
        coalesce(actions.segment_value, 'total') as of_value,
        calendar.as_of_date
    from {{ ref('stg_actions') }} as actions
    cross join {{ ref('int_calendar') }} as calendar
),

asked as (
    select
        counts.factor_id,
        counts.survey_id,
        waves.wave_date,
        waves.wave_number
    from {{ ref('int_segment_counts') }} as counts
    inner join {{ ref('int_waves') }} as waves on counts.survey_id = waves.survey_id
    where counts.segment_type = 'total' and counts.n_valid > 0
),

judged_by as (
    select
        measures.action_id,
        max_by(asked.survey_id, case when asked.wave_date < measures.began_on then asked.wave_number end)
            as before_survey_id,
        min_by(
            asked.survey_id,
            case when asked.wave_date >= {{ shows_on }} then asked.wave_number end
        ) as after_survey_id
    from measures
    inner join asked on measures.factor_id = asked.factor_id
    where not coalesce(measures.cancelled, false)
    group by measures.action_id
)

select
    measures.action_id,
    measures.factor_id,
    measures.promise_id,
    measures.category,
    measures.of_type as segment_type,
    measures.of_value as segment_value,
    measures.title,
    measures.owner,
    measures.planned_on,
    measures.started_on,
    measures.due_on,
    measures.done_on,
    measures.told_customers_on,
    measures.target_points,
    case
        when measures.cancelled then 'cancelled'
        when measures.done_on is not null then 'done'
        when measures.due_on < measures.as_of_date then 'overdue'
        when measures.started_on is not null then 'running'
        else 'planned'
    end as status,
    measures.began_on,
    measures.as_of_date,
    judged_by.before_survey_id,
    judged_by.after_survey_id
from measures
left join judged_by on measures.action_id = judged_by.action_id
