{% macro standard_metrics() %}
    {{- return({'first_response_hours': 'first_response_at', 'resolution_hours': 'resolved_at'}) -}}
{% endmacro %}

{% macro wrong_standards() %}
    {%- set wrong = [] -%}
    {%- set standards = var('objective_standards') -%}
    {%- if standards is not mapping -%}
        {%- do wrong.append("var objective_standards: '" ~ standards ~ "' is not a mapping. Write it as in dbt_project.yml, {} for none.") -%}
    {%- else -%}
        {%- for question_id, metric in standards.items() if metric not in dbt_satisfaction.standard_metrics() -%}
            {%- do wrong.append("var objective_standards: " ~ question_id ~ " is held against '" ~ metric ~ "', which is not measured. Use one of "
                ~ dbt_satisfaction.standard_metrics().keys() | join(', ') ~ ".") -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(wrong) -}}
{% endmacro %}
