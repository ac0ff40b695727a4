{#- One row per combination of the columns, none of them null unless it is listed in nullable.
    where: a condition that picks the rows that count. -#}
{% test grain(model, columns, nullable=[], where='1 = 1') %}

select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
where {{ where }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
