{% macro value_components() %}
    {{- return({'product': 'performance', 'service': 'performance', 'personnel': 'performance', 'image': 'performance',
        'money': 'cost', 'time': 'cost', 'energy': 'cost', 'psychic': 'cost'}) -}}
{% endmacro %}

{% macro asked_components() %}
    {%- set asked = [] -%}
    {%- for component, role in dbt_satisfaction.value_components().items() -%}
        {%- set questions, places = [], [] -%}
        {%- for factor in dbt_satisfaction.averaged_factors() if factor.value_component == component and factor.questions[role] -%}
            {%- do places.append(dbt_satisfaction.place_on_scale(factor, role)) -%}
            {%- for question in factor.questions[role] -%}
                {%- do questions.append(dbt_satisfaction.text_literal(question.question_id)) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if questions -%}
            {%- do asked.append({'component': component, 'name': component ~ '_value', 'role': role, 'questions': questions, 'places': places}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(asked if asked | map(attribute='role') | unique | list | length == 2 else []) -}}
{% endmacro %}
