{#- Labels of options say more than a word: "5 - Very satisfied", "A.非常满意（5分）", "(3) Neutral", "Good = 4", "4/5". Three
    steps, each of a normal answer: without its letter, without the number before it, without the points behind it. -#}
{%- macro without_letter(answer) -%}
    coalesce(nullif(regexp_extract({{ answer }}, '^[(]?[a-k][ ]*[.、:)-][ ]*(.+)$', 1), ''), {{ answer }})
{%- endmacro -%}

{%- macro bare_number() -%}
    {{- return('^[(]?0*([0-9]{1,2})[ ]*(?:分|points?|pts?|stars?|星|/[ ]*([0-9]{1,2}))?[)]?[ ]*[-—=:.、,，|]?$') -}}
{%- endmacro -%}

{%- macro number_before() -%}
    {{- return('^[(]?0*([0-9]{1,2})[ ]*(?:分|points?|pts?|stars?|星)?[)]?[ ]*([-—=:.、,，|]?)[ ]*([^0-9].*)$') -}}
{%- endmacro -%}

{%- macro points_behind() -%}
    {{- return('^(.*[^ 0-9])[ ]*[(=:—-][ ]*([0-9]{1,2})[ ]*(分|points?|pts?)?[ ]*[)]?$') -}}
{%- endmacro -%}

{%- macro label_words(answer) -%}
    {%- set behind = "coalesce(nullif(regexp_extract(" ~ answer ~ ", '" ~ dbt_satisfaction.number_before() ~ "', 3), ''), " ~ answer ~ ")" -%}
    {%- set words = "coalesce(nullif(regexp_extract(" ~ behind ~ ", '" ~ dbt_satisfaction.points_behind() ~ "', 1), ''), " ~ behind ~ ")" -%}
    case
        when regexp_extract({{ answer }}, '{{ dbt_satisfaction.bare_number() }}', 1) != '' then null
        else regexp_replace(
            coalesce(nullif(regexp_extract({{ words }}, '^[(]([^()]+)[)]$', 1), ''), {{ words }}), '[.。]+$', ''
        )
    end
{%- endmacro -%}

{%- macro words_of_answer(answer) -%}
    coalesce(nullif({{ dbt_satisfaction.label_words(dbt_satisfaction.without_letter(answer)) }}, ''), {{ answer }})
{%- endmacro -%}

{%- macro label_number(answer, greatest) -%}
    {%- set bare = dbt_satisfaction.bare_number() -%}
    {%- set before = dbt_satisfaction.number_before() -%}
    case
        when regexp_extract({{ answer }}, '{{ bare }}', 1) != ''
            then case
                when coalesce(try_cast(regexp_extract({{ answer }}, '{{ bare }}', 2) as double), {{ greatest }}) = {{ greatest }}
                    then regexp_extract({{ answer }}, '{{ bare }}', 1)
            end
        when regexp_extract({{ answer }}, '{{ before }}', 2) in ('-', '—', '=', ':')
            or regexp_extract({{ answer }}, '{{ before }}', 3) like '(%'
            then regexp_extract({{ answer }}, '{{ before }}', 1)
        else nullif(regexp_extract({{ answer }}, '{{ dbt_satisfaction.points_behind() }}', 2), '')
    end
{%- endmacro -%}

{%- macro has_digit(answer) -%}
    regexp_extract({{ answer }}, '[0-9]', 0) != ''
{%- endmacro -%}
