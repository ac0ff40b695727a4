{#- Every combination of the columns exists in the other model; combinations with a null refer to nothing. -#}
{% test refers_to(model, columns, to) %}

select distinct {{ columns | join(', ') }}
from {{ model }} as child
where
    {% for column in columns -%}
    child.{{ column }} is not null and
    {% endfor -%}
    not exists (
        select 1 from {{ to }} as parent
        where {% for column in columns %}child.{{ column }} = parent.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    )

{% endtest %}
