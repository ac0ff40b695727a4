{% macro profile_columns() %}
    {{- return(['profile_customer_type', 'profile_product_count', 'profile_tenure_months', 'profile_breadth',
        'profile_sole_supplier', 'profile_never_switched']) -}}
{% endmacro %}

{% macro same_profile(a, b) -%}
    {%- for column in dbt_satisfaction.profile_columns() -%}
    {{ a }}.{{ column }} = {{ b }}.{{ column }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro with_profiles(months) -%}
    {%- set counted = ['product_count', 'tenure_months', 'breadth'] -%}
    select
        months.*,
        coalesce(versions.customer_type, '') as profile_customer_type,
        {%- for component in counted %}
        case
            when months.{{ component }} is null then -1
            else least(cast(months.{{ component }} as double), maxima.{{ component }})
        end as profile_{{ component }},
        {%- endfor %}
        cast(coalesce(answers.sole_supplier, -1) as double) as profile_sole_supplier,
        cast(coalesce(answers.never_switched, -1) as double) as profile_never_switched
    from {{ months }} as months
    cross join (
        select
            {%- for component in counted %}
            max(case when component = '{{ component }}' then maximum end) as {{ component }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ dbt_satisfaction.method_table('loyalty_factor_values') }}
    ) as maxima
    left join {{ ref('int_declared_customers') }} as versions
        on months.customer_id = versions.customer_id
        and {{ dbt_satisfaction.holds_on('versions', 'last_day(months.month_start)') }}
    left join {{ dbt_satisfaction.supplier_answers() }} as answers on months.customer_id = answers.customer_id
{%- endmacro %}

{% macro supplier_answers() -%}
    (
        select
            customer_id,
            max(case when attribute = 'sole_supplier' then {{ dbt_satisfaction.text_to_yes_no('value') }} end) as sole_supplier,
            max(case when attribute = 'ever_switched' then 1 - {{ dbt_satisfaction.text_to_yes_no('value') }} end) as never_switched
        from {{ ref('stg_customer_profiles') }}
        where attribute in ('sole_supplier', 'ever_switched')
        group by customer_id
    )
{%- endmacro %}
