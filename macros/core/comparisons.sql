{#- Equal p-values share the greater rank, and with it their q-value. -#}
{% macro with_q_values(relation, p_value, family, is_test, name) -%}
    {%- set of_family = 'partition by ' ~ (family + [is_test]) | join(', ') -%}
    (
        select
            *,
            case
                when {{ is_test }} then least(1e0, min(scaled_{{ name }}) over ({{ of_family }} order by {{ p_value }} desc))
            end as {{ name }}
        from (
            select
                *,
                {{ p_value }} * count(*) over ({{ of_family }}) / count(*) over ({{ of_family }} order by {{ p_value }})
                    as scaled_{{ name }}
            from {{ relation }}
        ) as ranked
    )
{%- endmacro %}

{#- What a test finds is at most so likely by chance. -#}
{% macro greatest_q_value() %}{{ return(1 - var('confidence_level') + 1e-12) }}{% endmacro %}

{% macro change_flag(q_value, change, more='up', less='down') -%}
    case
        when {{ q_value }} > {{ dbt_satisfaction.greatest_q_value() }} then 'unclear'
        when {{ q_value }} is not null and {{ change }} > 0 then '{{ more }}'
        when {{ q_value }} is not null then '{{ less }}'
    end
{%- endmacro %}

{% macro are_same(left, right, keys) -%}
    {%- for key in keys -%}
    {{ left }}.{{ key }} = {{ right }}.{{ key }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
