-- In every month each kind of segment parts the customers: its counts sum to theirs. In every wave each kind parts
-- those who stated an intention, and so do the bands, but for answers that no band holds.
{%- set sums = ['n_purchases', 'n_returns', 'n_purchases_in_window', 'n_returns_in_window', 'n_complaints'] %}
{%- set counts = {'n_active': 'is_active', 'n_buyers': 'n_purchases > 0', 'n_eligible': 'is_repurchase_eligible',
    'n_repurchased': 'has_repurchased', 'n_complaining': 'n_complaints > 0',
    'n_customers': "customer_status != 'left'", 'n_left': "customer_status = 'left'"} %}
{%- set stated = ['n_stated', 'n_eligible', 'n_converted', 'n_bought'] %}

with customers as (
    select
        {%- for name in sums %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name, condition in counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ name }},
        {%- endfor %}
        month_start
    from {{ ref('fct_customer_behaviour') }}
    group by month_start
),

kinds as (
    select
        {%- for name in sums + counts.keys() | list %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        month_start, segment_type
    from {{ ref('fct_segment_behaviour') }}
    group by month_start, segment_type
){% if 'outcomes' in var('areas') %},

stated as (
    select
        {%- for name in stated %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        survey_id, segment_type, repeat_band = 'all' as is_all
    from {{ ref('fct_intention_conversion') }}
    group by survey_id, segment_type, repeat_band = 'all'
){% endif %}

select kinds.segment_type
from customers
full outer join kinds on customers.month_start = kinds.month_start
where
    {%- for name in sums + counts.keys() | list %}
    customers.{{ name }} is distinct from kinds.{{ name }} or
    {%- endfor %}
    customers.month_start is distinct from kinds.month_start
{%- if 'outcomes' in var('areas') %}

union all

select kinds.segment_type
from stated as totals
inner join stated as kinds on totals.survey_id = kinds.survey_id
where
    totals.is_all and totals.segment_type = 'total'
    and (
        {%- for name in stated %}
        kinds.{{ name }} > totals.{{ name }} or
        {%- endfor %}
        (kinds.is_all and kinds.n_stated != totals.n_stated)
        or (kinds.is_all and kinds.n_converted != totals.n_converted)
    )
{%- endif %}
