{% macro banded_values(relation, indicator) -%}
    select
        values_seen.{{ indicator }},
        min_by(bands.band, bands.rule_order) as band
    from (
        select distinct {{ indicator }}
        from {{ relation }}
        where {{ indicator }} is not null
    ) as values_seen
    inner join {{ dbt_satisfaction.method_table('loyalty_bands') }} as bands
        on bands.indicator = '{{ indicator }}'
        and values_seen.{{ indicator }} >= coalesce(bands.lower_bound, -1e300)
        and values_seen.{{ indicator }} <= coalesce(bands.upper_bound, 1e300)
    group by values_seen.{{ indicator }}
{%- endmacro %}
