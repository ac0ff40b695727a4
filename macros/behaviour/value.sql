{#- Kotler's parts of delivered value (顾客让渡价值): component to the role of the questions that measure it. -#}
{% macro value_components() %}
    {{- return({'product': 'performance', 'service': 'performance', 'personnel': 'performance', 'image': 'performance',
        'money': 'cost', 'time': 'cost', 'energy': 'cost', 'psychic': 'cost'}) -}}
{% endmacro %}

{#- Components that questions ask about: component, name of its column, role, questions (their ids as literals) and places
    (of its factors, by int_factor_means). None where no question asks for a cost, or none for what is got for it. -#}
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
