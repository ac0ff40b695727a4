{{ config(materialized='view') }}

-- The answers of each respondent of a wave to each factor that they were asked about: a row per factor.
{%- set rows = [] %}
{%- for factor in dbt_satisfaction.asked_factors() %}
{%- do rows.append([
    dbt_satisfaction.text_literal(factor.factor_id),
    factor.column ~ '_n', factor.column ~ '_blank', factor.column ~ '_sum'
]) %}
{%- endfor %}

select
    survey_id,
    customer_id,
    factor_id,
    cast(n_valid as bigint) as n_valid,
    cast(n_missing as bigint) as n_missing,
    value_sum,
    version
from {{ dbt_satisfaction.unpivot_groups(
    ref('int_respondent_answers'),
    ['survey_id', 'customer_id', 'version'],
    rows or [["''", '0', '0', '0e0']],
    ['factor_id', 'n_valid', 'n_missing', 'value_sum']
) }} as counts
where n_valid + n_missing > 0
