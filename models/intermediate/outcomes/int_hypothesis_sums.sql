-- What the claims of the folklore compare: sums over customers above and below the line of each claim that is in force.
-- Of several waves of a customer the latest counts in which the measure is known, so that nobody counts twice; figures
-- are times the weight of the respondent.
{%- set measures = [
    ["'bought'", dbt_satisfaction.one_or_zero('n_bought > 0')],
    ["'purchases'", 'cast(n_bought as double)'],
] %}
{%- for outcome, column in dbt_satisfaction.loyalty_outcomes().items() %}
{%- do measures.append(["'" ~ outcome ~ "'", dbt_satisfaction.one_or_zero(column)]) %}
{%- endfor %}

with claims as (
    select * from {{ dbt_satisfaction.method_table('hypotheses') }}
    where enabled
),

latest as (
    select
        customer_id,
        measure,
        max_by(overall_level, (month_start, survey_id)) as overall_level,
        max_by(is_satisfied, (month_start, survey_id)) as is_satisfied,
        max_by(weight, (month_start, survey_id)) as weight,
        max_by(figure, (month_start, survey_id)) as figure
    from {{ dbt_satisfaction.unpivot_groups(
        ref('int_wave_outcomes'),
        ['customer_id', 'survey_id', 'month_start', 'overall_level', 'is_satisfied', 'weight'],
        measures, ['measure', 'figure']
    ) }} as cells
    where figure is not null and overall_level is not null
    group by customer_id, measure
),

costs as (
    select
        customer_id,
        max(case when attribute = 'retention_cost' then try_cast(value as double) end) as kept_cost,
        max(case when attribute = 'acquisition_cost' then try_cast(value as double) end) as won_cost
    from {{ ref('stg_customer_profiles') }}
    where
        attribute in ('retention_cost', 'acquisition_cost')
        -- a cost beyond that is a mistake, and no decimal holds the sums of its squares
        and abs(try_cast(value as double)) < 1e10
    group by customer_id
),

compared as (
    select
        claims.claim_id,
        latest.weight,
        case
            when
                (claims.upper_is_satisfied is null or latest.is_satisfied = claims.upper_is_satisfied)
                and (claims.upper_from is null or latest.overall_level >= claims.upper_from)
                and (claims.upper_to is null or latest.overall_level <= claims.upper_to)
                then latest.figure
        end as upper_figure,
        case
            when
                (claims.lower_is_satisfied is null or latest.is_satisfied = claims.lower_is_satisfied)
                and (claims.lower_from is null or latest.overall_level >= claims.lower_from)
                and (claims.lower_to is null or latest.overall_level <= claims.lower_to)
                then latest.figure
        end as lower_figure
    from latest
    inner join claims on latest.measure = claims.measure
    union all
    select
        claims.claim_id,
        1e0 as weight,
        costs.kept_cost as upper_figure,
        costs.won_cost as lower_figure
    from costs
    inner join claims on claims.measure = 'cost_ratio'
    where costs.kept_cost is not null and costs.won_cost is not null
)

select
    claims.claim_id,
    claims.measure,
    claims.claimed_low,
    claims.claimed_high,
    {%- for side in ['upper', 'lower'] %}
    count(compared.{{ side }}_figure) as n_{{ side }},
    {%- set weight = 'case when compared.' ~ side ~ '_figure is not null then compared.weight end' %}
    {%- for name, value in {
        'weights': weight,
        'weight_squares': weight ~ ' * compared.weight',
        'sum': 'compared.' ~ side ~ '_figure * compared.weight',
        'square': 'compared.' ~ side ~ '_figure * compared.' ~ side ~ '_figure * compared.weight',
    }.items() %}
    cast(coalesce(sum(cast({{ value }} as decimal(38, 12))), 0) as double) as {{ name }}_{{ side }},
    {%- endfor %}
    {%- endfor %}
    cast(coalesce(
        sum(cast(compared.upper_figure * compared.lower_figure * compared.weight as decimal(38, 12))), 0
    ) as double) as product
from claims
left join compared on claims.claim_id = compared.claim_id
group by claims.claim_id, claims.measure, claims.claimed_low, claims.claimed_high
