-- The gaps that customers with a weight in a wave and in the one before (int_gap_waves) had in each: sums of their
-- weights for squares, and of these times the gaps, which intervals of weighted changes take.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set keys = ['survey_id', 'item_type', 'item_id'] %}
{%- for name in ['stratum', 'weighting_cell', 'is_said'] + types %}
{%- do keys.extend([name, name ~ '_before']) %}
{%- endfor %}
{%- set sums = dbt_satisfaction.panel_sums() %}
{%- do sums.update({'errors_gap': sums.errors ~ ' * gap', 'errors_before_gap': sums.errors_before ~ ' * gap_before',
    'both_gap': sums.both ~ ' * gap', 'both_gap_before': sums.both ~ ' * gap_before',
    'both_gaps': sums.both ~ ' * gap * gap_before'}) %}

with items as (
    select *
    from {{ ref('int_gap_waves') }}
    where previous_survey_id is not null
),

waves as (
    select distinct
        survey_id,
        previous_survey_id
    from items
),

panel as (
    {{ dbt_satisfaction.weighted_panel('waves') | indent(4) }}
),

gaps as (
    {{ dbt_satisfaction.respondent_gaps(types) | indent(4) }}
),

pairs as (
    select
        panel.*,
        items.item_type,
        items.item_id,
        {%- for name in ['gap'] + types %}
        now.{{ name }},
        before.{{ name }} as {{ name }}_before,
        {%- endfor %}
        now.gap is not null as is_said,
        before.gap is not null as is_said_before
    from panel
    inner join items
        on panel.survey_id = items.survey_id and panel.previous_survey_id = items.previous_survey_id
    left join gaps as now
        on panel.survey_id = now.survey_id
        and panel.customer_id = now.customer_id
        and items.item_type = now.item_type
        and items.item_id = now.item_id
    left join gaps as before
        on panel.previous_survey_id = before.survey_id
        and panel.customer_id = before.customer_id
        and items.item_type = before.item_type
        and items.item_id = before.item_id
    where now.gap is not null or before.gap is not null
)

{{ dbt_satisfaction.summed_by_combination('pairs', keys, [], sums, {'n': 'true'}) }}
