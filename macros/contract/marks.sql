{#- What a column of text says of its own marks: a decimal comma where the var decimal_separator says point, days first
    where date_order says months first. Read as the var says, such a column would be wrong by a factor of a thousand, or
    by months, and look right; it is refused as a whole. A value that can be read in both ways says nothing. -#}

{% macro checked_marks(table) %}
    {%- set types = {} -%}
    {%- for field in dbt_satisfaction.raw_fields(table) -%}{%- do types.update({field.name | lower: field.type}) -%}{%- endfor -%}
    {%- set columns = [] -%}
    {%- set asked = [] -%}
    {%- set wrong = [] -%}
    {%- for column in dbt_satisfaction.contract(table) if column.source_name | lower in types -%}
        {%- for evidence in dbt_satisfaction.marks_of(column.type)
            if not dbt_satisfaction.native(column.name, types[column.source_name | lower], column.type) -%}
            {%- set text = dbt_satisfaction.raw_text(column.source_name, types) -%}
            {%- set against = " filter (where " ~ dbt_satisfaction.has_form(text, evidence.against) ~ ")" -%}
            {%- do columns.append({'name': column.source_name, 'says': evidence.says}) -%}
            {%- do asked.append("count(*)" ~ against ~ ", min(" ~ text ~ ")" ~ against
                ~ ", count(*) filter (where " ~ dbt_satisfaction.has_form(text, evidence.bears_out) ~ ")") -%}
        {%- endfor -%}
    {%- endfor -%}
    {#- the rows are read once, whatever the number of columns -#}
    {%- set found = run_query("select " ~ asked | join(', ') ~ " from " ~ dbt_satisfaction.raw(table)).rows[0] if asked else [] -%}
    {%- for column in columns -%}
        {%- set n, example, n_others = found[3 * loop.index0], found[3 * loop.index0 + 1], found[3 * loop.index0 + 2] -%}
        {%- if n > n_others -%}
            {%- do wrong.append(table ~ ": the column " ~ column.name ~ " holds " ~ n ~ " value(s) such as " ~ example ~ ", which " ~ column.says) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if wrong -%}{{ exceptions.raise_compiler_error(wrong | join('\n')) }}{%- endif -%}
{% endmacro %}

{% macro marks_of(type) %}
    {%- set day_first = '(1[3-9]|2[0-9]|3[01])[-/.](0?[1-9]|1[0-2])[-/.](19|2[0-9])[0-9]{2}( .*)?' -%}
    {%- set month_first = '(0?[1-9]|1[0-2])[-/.](1[3-9]|2[0-9]|3[01])[-/.](19|2[0-9])[0-9]{2}( .*)?' -%}
    {%- set comma = '[+-]?([0-9]{1,3}([.][0-9]{3})+,[0-9]+|0?,[0-9]+|[0-9]*,([0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+)' -%}
    {%- set point = '[+-]?([0-9]{1,3}(,[0-9]{3})+[.][0-9]+|0?[.][0-9]+|[0-9]*[.]([0-9]{1,2}|[0-9]{4,})|[0-9]{4,}[.][0-9]+)' -%}
    {%- set serials = [] if var('excel_dates') else [{'against': '[1-9][0-9]{4}([.,][0-9]+)?', 'bears_out': '[0-9]{1,4}[-/.年][0-9]{1,2}.*|[0-9]{8}.*',
        'says': "is a number, as Excel keeps days. Set the var excel_dates: true, or write the column as YYYY-MM-DD."}] -%}
    {%- if type in ['double', 'seconds'] and var('decimal_separator') == '.' -%}
        {{- return([{'against': comma, 'bears_out': point,
            'says': "has a decimal comma. Set the var decimal_separator: ',', or write the column with a decimal point."}]) -}}
    {%- elif type in ['double', 'seconds'] -%}
        {{- return([{'against': point, 'bears_out': comma,
            'says': "has a decimal point. Set the var decimal_separator: '.', or write the column with a decimal comma."}]) -}}
    {%- elif type in ['date', 'timestamp'] and var('date_order') == 'ymd' -%}
        {{- return(serials + [{'against': '[0-9]{1,2}[-/.][0-9]{1,2}[-/.](19|2[0-9])[0-9]{2}( .*)?', 'bears_out': '(19|2[0-9])[0-9]{2}.*',
            'says': "begins with the day or the month. Set the var date_order: dmy or mdy, or write the column as YYYY-MM-DD."}]) -}}
    {%- elif type in ['date', 'timestamp'] -%}
        {%- set is_day = var('date_order') == 'dmy' -%}
        {{- return(serials + [{'against': month_first if is_day else day_first, 'bears_out': day_first if is_day else month_first,
            'says': "is no day in the order " ~ var('date_order') ~ ". Set the var date_order: " ~ ('mdy' if is_day else 'dmy')
                ~ ", or write the column as YYYY-MM-DD."}]) -}}
    {%- endif -%}
    {{- return([]) -}}
{% endmacro %}
