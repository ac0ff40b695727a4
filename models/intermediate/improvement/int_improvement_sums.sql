-- Of every measure that has a wave before and one after: how the score of its factor changed with those who answered
-- both times, summed over the customers of its segment and over all others. A customer is in the segment that it was in
-- at the wave before: whoever moved since was meant all the same.
{%- set columns = {} %}
{%- for type in dbt_satisfaction.segment_types() %}{% do columns.update({type: type}) %}{% endfor %}
{%- for pair in dbt_satisfaction.segment_pairs() %}{% do columns.update({pair.type: pair.column}) %}{% endfor %}

with measures as (
    select
        action_id,
        factor_id,
        segment_type,
        segment_value,
        before_survey_id,
        after_survey_id
    from {{ ref('int_improvement_actions') }}
    where before_survey_id is not null and after_survey_id is not null
),

scores as (
    select
        counts.survey_id,
        counts.customer_id,
        counts.factor_id,
        100 * (counts.value_sum / counts.n_valid - scales.value_min) / (scales.value_max - scales.value_min) as score
    from {{ ref('int_factor_counts') }} as counts
    inner join {{ ref('int_factor_scales') }} as scales on counts.factor_id = scales.factor_id
    where
        counts.n_valid > 0
        and counts.factor_id in (select factor_id from measures)
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
),

pairs as (
    select
        measures.action_id,
        case measures.segment_type
            when 'total' then true
            {%- for type, column in columns.items() %}
            when '{{ type }}' then segments.{{ column }} = measures.segment_value
            {%- endfor %}
        end as is_treated,
        later.score - earlier.score as change
    from measures
    inner join scores as earlier
        on measures.before_survey_id = earlier.survey_id
        and measures.factor_id = earlier.factor_id
    inner join scores as later
        on measures.after_survey_id = later.survey_id
        and measures.factor_id = later.factor_id
        and earlier.customer_id = later.customer_id
    inner join segments
        on measures.before_survey_id = segments.survey_id
        and earlier.customer_id = segments.customer_id
)

select
    action_id,
    is_treated,
    count(*) as n_pairs,
    cast(sum(cast(change as decimal(38, 12))) as double) as change_sum,
    cast(sum(cast(change * change as decimal(38, 12))) as double) as change_squares
from pairs
where is_treated is not null
group by action_id, is_treated
