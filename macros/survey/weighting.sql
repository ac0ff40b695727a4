{#- Weights of respondents. Models write no weight where the var weighting is none: then nothing is multiplied. -#}

{% macro is_weighted() %}{{ return(var('weighting') != 'none') }}{% endmacro %}

{% macro is_finite_population() %}{{ return(dbt_satisfaction.is_weighted() and var('finite_population') is true) }}{% endmacro %}

{#- Of the factors that anybody of the wave answered. -#}
{% macro answered_share() -%}
    {%- set answered = [] -%}
    {%- set asked = [] -%}
    {%- for factor in dbt_satisfaction.asked_factors() -%}
        {%- set one = 'case when ' ~ factor.column ~ '_n > 0 then 1 else 0 end' -%}
        {%- do answered.append(one) -%}
        {%- do asked.append('max(' ~ one ~ ') over (partition by survey_id)') -%}
    {%- endfor -%}
    {%- if answered -%}
    coalesce(cast({{ answered | join(' + ') }} as double) / nullif({{ asked | join(' + ') }}, 0), 1)
    {%- else -%}
    cast(1 as double)
    {%- endif -%}
{%- endmacro %}

{#- The same whatever the order of the rows. -#}
{% macro exact_over(value, partition) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) over (partition by {{ partition }}) as double)
{%- endmacro %}

{#- What sums over respondents are multiplied by; nothing where nobody is weighted. -#}
{% macro weight_column() %}{{ return('weight' if dbt_satisfaction.is_weighted() else none) }}{% endmacro %}

{#- What single answers are weighted by, and weighted figures are made of, by stratum and weighting cell. -#}
{% macro weighted_responses() -%}
select
    responses.*,
    weights.stratum,
    weights.weighting_cell,
    weights.design_weight,
    weights.weight,
    weights.error_weight
from {{ ref('int_segmented_responses') }} as responses
inner join {{ ref('int_weights') }} as weights
    on responses.survey_id = weights.survey_id and responses.customer_id = weights.customer_id
{%- endmacro %}

{#- Customers with a weight in a wave and in the one that a relation of waves says is before it. -#}
{% macro weighted_panel(waves) -%}
select
    {%- for name in ['stratum', 'weighting_cell', 'error_weight'] %}
    now.{{ name }},
    before.{{ name }} as {{ name }}_before,
    {%- endfor %}
    now.survey_id,
    now.customer_id,
    before.survey_id as previous_survey_id
from {{ ref('int_weights') }} as now
inner join {{ waves }} as waves on now.survey_id = waves.survey_id
inner join {{ ref('int_weights') }} as before
    on waves.previous_survey_id = before.survey_id and now.customer_id = before.customer_id
where now.weight > 0 and before.weight > 0
{%- endmacro %}

{% macro panel_sums() %}
    {{- return({'errors': 'error_weight', 'errors_before': 'error_weight_before', 'both': 'error_weight * error_weight_before'}) -}}
{% endmacro %}

{% macro weight_sums() %}
    {{- return({
        'weights': 'weight', 'weight_squares': 'weight * weight', 'weight_fourths': 'power(weight, 4)',
        'designs': 'design_weight', 'errors': 'error_weight', 'error_squares': 'error_weight * error_weight',
    }) -}}
{% endmacro %}

{#- Weights of 1 that somebody takes for given ones would be assumed in silence. -#}
{% macro stop_for_no_weights() %}
    {%- set tables = ['survey_answers', 'survey_wide'] -%}
    {%- set strata = dbt_satisfaction.asked_method('population_margins', ['value'], 'value', "dimension = 'stratum'") -%}
    {%- if execute and var('weighting') == 'given' and not strata -%}
        {%- set having = [] -%}
        {%- for table in tables if dbt_satisfaction.raw_fields(table) and dbt_satisfaction.raw_has(table, 'respondent_weight') -%}
            {%- do having.append(table) -%}
        {%- endfor -%}
        {%- if not having -%}
            {{ exceptions.raise_compiler_error("var weighting: given, and no table of answers has the column respondent_weight. Add it, give the "
                ~ "customers of each stratum in population_margins, or set weighting to none.") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- What says how many answers are not understood, and how many of the invited answered, is not weighted. -#}
{% macro scores_by_weight() %}
    {%- set figures = ['n_effective', 'score', 'standard_error', 'score_low', 'score_high', 'shrunk_score', 'previous_score', 'score_change',
        'change_low', 'change_high'] -%}
    (
        select
            plain.survey_id,
            plain.segment_type,
            plain.segment_value,
            plain.measure,
            plain.question_id,
            plain.n_answers,
            plain.n_counted,
            plain.n_effective as n_respondents,
            plain.score as unweighted_score,
            {%- for name in figures %}
            {%- if dbt_satisfaction.is_weighted() %}
            case
                when weighted.measure is not null then {{ dbt_satisfaction.nan_to_null('weighted.' ~ name) }}
                when plain.measure in ('not_understood', 'response_rate') then plain.{{ name }}
            end as {{ name }}
            {%- else %}
            plain.{{ name }}
            {%- endif %}
            {{- "," if not loop.last }}
            {%- endfor %}
        from {{ ref('py_survey_scores') }} as plain
        {%- if dbt_satisfaction.is_weighted() %}
        left join {{ ref('py_weighted_scores') }} as weighted
            on plain.survey_id = weighted.survey_id
            and plain.segment_type = weighted.segment_type
            and plain.segment_value = weighted.segment_value
            and plain.question_id = weighted.question_id
            and plain.measure = weighted.measure
        {%- endif %}
    )
{%- endmacro %}

{#- A segment that nobody with a weight is in has its counts, and no weighted figure. -#}
{% macro figures_by_weight(plain, weighted, keys, kept, figures, texts, unweighted, respondents) %}
    (
        select
            {%- for name in keys + kept %}
            plain.{{ name }},
            {%- endfor %}
            {%- for name in unweighted %}
            plain.{{ name }} as unweighted_{{ name }},
            {%- endfor %}
            {%- for name in figures %}
            {{ dbt_satisfaction.nan_to_null('weighted.' ~ name) if dbt_satisfaction.is_weighted() else 'plain.' ~ name }} as {{ name }},
            {%- endfor %}
            {%- for name in texts %}
            {{ 'weighted' if dbt_satisfaction.is_weighted() else 'plain' }}.{{ name }},
            {%- endfor %}
            {% if dbt_satisfaction.is_weighted() %}weighted.n_effective{% else %}cast(plain.{{ respondents }} as double) as n_effective{% endif %}
        from {{ ref(plain) }} as plain
        {%- if dbt_satisfaction.is_weighted() %}
        left join {{ ref(weighted) }} as weighted
            on {% for key in keys -%}
            plain.{{ key }} = weighted.{{ key }}
            {%- if not loop.last %}
            and {% endif %}
            {%- endfor %}
        {%- endif %}
    )
{%- endmacro %}

{#- What a wave is weighted by, as written: "gender x region" is both crossed. -#}
{% macro weighting_dimensions() %}
    {%- if var('weighting') not in ['post_strata', 'raking'] -%}{{- return([]) -}}{%- endif -%}
    {%- set named = var('weight_by') or dbt_satisfaction.declared_types() -%}
    {{- return(([named] if named is string else named) | unique | list) -}}
{% endmacro %}

{#- Of respondents no other attribute is known than those that they are cut by. -#}
{% macro weighting_types() %}
    {%- set types = [] -%}
    {%- for dimension in dbt_satisfaction.weighting_dimensions() -%}
        {%- for type in dimension.split(' x ') -%}
            {%- if type not in dbt_satisfaction.segment_types() -%}
                {{ exceptions.raise_compiler_error("var weight_by: '" ~ type ~ "' is not in segment_by. Add it there, or weight by some of "
                    ~ dbt_satisfaction.segment_types() | join(', ') ~ "; two of them crossed are written 'gender x region'.") }}
            {%- endif -%}
            {%- do types.append(type) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(types | unique | list) -}}
{% endmacro %}

{#- What is known of every customer at the end of each month. -#}
{% macro known_behaviours() %}
    {{- return(['recency_days', 'tenure_months', 'n_purchases_in_window', 'revenue_in_window', 'n_complaints_in_window']) -}}
{% endmacro %}

{#- Alike are in one class, the lowest that they reach. -#}
{% macro class_among_people(figure) -%}
    {%- set before = 'rank() over (partition by survey_id, ' ~ figure ~ ' is null order by ' ~ figure ~ ') - 1' -%}
    {%- set share = '(' ~ before ~ ') / cast(count(' ~ figure ~ ') over (partition by survey_id) as double)' -%}
    {%- set class = 'cast(floor(' ~ dbt_satisfaction.behaviour_classes() ~ ' * ' ~ share ~ ') as integer) + 1' -%}
    case when {{ figure }} is null then 'unknown' else lpad(cast({{ class }} as {{ dbt.type_string() }}), 2, '0') end
{%- endmacro %}

{#- Crossed, 20 classes each would be more cells than respondents. -#}
{% macro behaviour_classes() %}{{ return([20 // ([var('weight_by_behaviour') | length, 1] | max), 5] | max) }}{% endmacro %}
