{#- Labels of options say more than a word: "5 - Very satisfied", "A.非常满意（5分）", "(3) Neutral", "Good = 4".
    Three steps, each of a normal answer: without its letter, without the number before it, without the points behind it. -#}
{%- macro without_letter(answer) -%}
    coalesce(nullif(regexp_extract({{ answer }}, '^[(（]?[a-k][ ]*[.、:：)）-][ ]*(.+)$', 1), ''), {{ answer }})
{%- endmacro -%}

{%- macro number_before() -%}
    {{- return('^[(（]?([0-9]{1,2})[ ]*分?[)）]?[ ]*([-–—=:：.、,，|]?)[ ]*([^0-9].*)$') -}}
{%- endmacro -%}

{%- macro points_behind() -%}
    {{- return('^(.*[^ 0-9])[ ]*[(（=:：–—-][ ]*([0-9]{1,2})[ ]*(分|points?|pts?)?[ ]*[)）]?$') -}}
{%- endmacro -%}

{#- The words of a label. -#}
{%- macro label_words(answer) -%}
    {%- set behind = "coalesce(nullif(regexp_extract(" ~ answer ~ ", '" ~ dbt_satisfaction.number_before() ~ "', 3), ''), " ~ answer ~ ")" -%}
    coalesce(nullif(regexp_extract({{ behind }}, '{{ dbt_satisfaction.points_behind() }}', 1), ''), {{ behind }})
{%- endmacro -%}

{#- The number of a label, where it is a point of the scale and not a mere count of the options (1. 2、). -#}
{%- macro label_number(answer) -%}
    case
        when regexp_extract({{ answer }}, '{{ dbt_satisfaction.number_before() }}', 2) in ('-', '–', '—', '=', ':', '：')
            then regexp_extract({{ answer }}, '{{ dbt_satisfaction.number_before() }}', 1)
        else nullif(regexp_extract({{ answer }}, '{{ dbt_satisfaction.points_behind() }}', 2), '')
    end
{%- endmacro -%}

{%- macro has_digit(answer) -%}
    regexp_extract({{ answer }}, '[0-9]', 0) != ''
{%- endmacro -%}
