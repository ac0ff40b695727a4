{#- A row per respondent of a wave, with a column per value and those of its segments; of a customer who sent several
    responses the mean. Nearly all have one: only the others are added up.

    values: name to an expression over int_segmented_responses, null where there is no answer.
    where: a condition on the responses. -#}
{% macro respondent_means(values, where='1 = 1') -%}
    {%- set kept = ['survey_id', 'customer_id', 'total'] + dbt_satisfaction.segment_types() -%}
with answers as {{ dbt_satisfaction.inlined() }} (
    select
        {%- for name, value in values.items() %}
        {{ value }} as {{ name }},
        {%- endfor %}
        is_repeated,
        {{ kept | join(', ') }}
    from {{ ref('int_segmented_responses') }}
    where {{ where }}
)

select
    {{ (values.keys() | list + kept) | join(',\n    ') }}
from answers
where not is_repeated
union all
select
    {%- for name in values %}
    {{ dbt_satisfaction.exact_mean(name) }} as {{ name }},
    {%- endfor %}
    {{ kept | join(',\n    ') }}
from answers
where is_repeated
group by {{ kept | join(', ') }}
{%- endmacro %}
