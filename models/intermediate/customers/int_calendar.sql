-- One row: the day that the data is looked at, and the months that are replayed.
-- The newest date in the data is the default of as_of_date; only months that are complete by then are evaluated.
with days as (
    {%- for model, first_day, last_day, is_behaviour in dbt_satisfaction.facts() %}
    select
        '{{ model }}' as model,
        min({{ first_day }}) as oldest,
        max({{ last_day }}) as newest
    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- purchases begin the replay; without any, services do, and without these, answers
as_of as (
    select
        coalesce({{ dbt_satisfaction.as_of_date() }}, max(newest)) as as_of_date,
        coalesce(
            {%- if 'behaviour' in var('areas') %}
            (select min(first_ordered_on) from {{ ref('int_purchases') }}),
            {%- endif %}
            max(case when model = 'stg_subscriptions' then oldest end),
            max(case when model = 'stg_responses' then oldest end)
        ) as oldest
    from days
)

select
    as_of_date,
    cast(date_trunc('month', oldest) as date) as first_month,
    cast(case
        when last_day(as_of_date) = as_of_date then date_trunc('month', as_of_date)
        else {{ dbt_satisfaction.add_months("date_trunc('month', as_of_date)", -1) }}
    end as date) as last_month
from as_of
