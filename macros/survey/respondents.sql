{#- Nearly all have one response: only the others are added up. -#}
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
