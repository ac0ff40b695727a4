{% macro checked_vars() %}
    {%- set wrong = dbt_satisfaction.wrong_options() + dbt_satisfaction.wrong_numbers() + dbt_satisfaction.wrong_shapes()
        + dbt_satisfaction.wrong_own_models() + dbt_satisfaction.wrong_texts() + dbt_satisfaction.wrong_standards()
        + dbt_satisfaction.wrong_retired_vars() + dbt_satisfaction.wrong_areas() -%}
    {%- if wrong -%}
        {{ exceptions.raise_compiler_error(wrong | join('\n')) }}
    {%- endif -%}
    {#- these two stop the build themselves -#}
    {%- do dbt_satisfaction.segment_pairs() -%}
    {%- do dbt_satisfaction.checked_source() if execute -%}
{% endmacro %}

{% macro wrong_options() %}
    {%- set options = {
        'raw_mode': ['demo', 'files', 'tables'],
        'weight_source': ['ahp', 'importance', 'derived', 'entropy', 'equal'],
        'refunds': ['status', 'negative_rows'],
        'population': ['active', 'declared'],
        'weighting': ['none', 'given', 'post_strata', 'raking'],
        'confidence_level': dbt_satisfaction.normal_quantiles().keys() | list,
        'repeat_probability_source': ['stated', 'stated_else_modelled', 'modelled'],
        'path_scheme': ['path', 'factorial', 'centroid'],
        'path_scaling': ['standardised', 'raw'],
        'ahp_aggregation': ['aij', 'aip'],
        'ahp_priority': ['eigenvector', 'geometric_mean'],
        'partial_responses': ['drop', 'keep'],
        'decimal_separator': ['.', ','],
        'date_order': ['ymd', 'dmy', 'mdy'],
        'excel_dates': [true, false],
        'finite_population': [true, false],
        'show_comments': [true, false],
        'ahp_random_index': ['alonso-lamata', 'saaty', 'saaty-2005'],
    } -%}
    {%- set wrong = [] -%}
    {%- for name, known in options.items() if var(name) not in known -%}
        {%- do wrong.append("var " ~ name ~ ": '" ~ var(name) ~ "' is not an option. Use one of " ~ known | join(', ') ~ ".") -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{% endmacro %}

{% macro wrong_numbers() %}
    {%- set ranges = {
        'min_weight_coverage': ['a number', 0, 1],
        'min_accepted_of_last': ['a number', 0, 1],
        'max_unknown_answers': ['a number', 0, 1],
        'max_unknown_codes': ['a number', 0, 1],
        'min_respondents': ['a whole number', 0, 1000000000],
        'min_cell': ['a whole number', 1, 1000000],
        'penalty_below': ['a number', 0, 1],
        'reward_from': ['a number', 0, 1],
        'bootstrap_draws': ['a whole number', 50, 100000],
        'precision_points': ['a number', 0.01, 100],
        'weight_least': ['a number', 0, 1],
        'weight_greatest': ['a number', 1, 1000000],
        'weight_min_respondents': ['a whole number', 1, 1000000000],
        'shrinkage_respondents': ['a number', 0, 1000000000],
        'confirmation_tolerance': ['a number', 0, 1],
        'word_of_mouth_share': ['a number', 0, 1],
        'word_of_mouth_first_hearers': ['a number', 0, 1000000],
        'word_of_mouth_hearers': ['a number', 0, 1000000],
        'straight_lining_questions': ['a whole number', 2, 1000],
        'speeder_share_of_median': ['a number', 0, 1],
        'longest_duration_hours': ['a number', 0.01, 8760],
        'objective_standard_days': ['a whole number', 1, 36500],
        'ahp_cr_threshold': ['a number', 0, 1],
        'holding_months': ['a whole number', 1, 1200],
        'baseline_months': ['a whole number', 1, 120],
        'active_months': ['a whole number', 1, 120],
        'active_gaps': ['a number', 0, 1000],
        'gap_prior': ['a number', 0, 1000],
        'rhythm_months': ['a whole number', 1, 120],
        'monthly_from': ['a whole number', 1, 120],
        'max_returned_share': ['a number', 0, 1],
        'max_survival_gap': ['a number', 0, 1],
        'behaviour_months': ['a whole number', 1, 120],
        'repurchase_months': ['a whole number', 1, 120],
        'recovery_months': ['a whole number', 1, 120],
        'complaint_repeat_months': ['a whole number', 1, 120],
        'vital_share': ['a number', 0, 1],
        'repurchase_min_purchases': ['a whole number', 1, 1000000],
        'kept_months': ['a whole number', 1, 120],
        'revenue_held_from': ['a number', 0, 1],
        'value_horizon_months': ['a number', 0.1, 1200],
        'repeat_horizon_months': ['a number', 0.1, 1200],
        'discount_rate_annual': ['a number', 0, 10],
        'value_years_cap': ['a number', 0.1, 1000],
        'max_value_correlation': ['a number', 0, 1],
        'control_baseline_months': ['a whole number', 1, 120],
        'control_sigmas': ['a number', 0.5, 10],
        'control_run_length': ['a whole number', 2, 120],
        'control_min_expected': ['a number', 0, 1000000],
        'conversion_months': ['a whole number', 1, 120],
        'solved_rest_days': ['a whole number', 0, 36500],
        'effect_days': ['a whole number', 0, 36500],
        'rfm_cells': ['a whole number', 2, 9],
        'baseline_min_amount': ['a number', 0, 1000000000],
    } -%}
    {%- set wrong = [] -%}
    {%- for name, (kind, least, greatest) in ranges.items() -%}
        {%- set value = var(name) -%}
        {%- set is_kind = value is number and value is not boolean and (value == value | round or kind == 'a number') -%}
        {%- if not (is_kind and least <= value <= greatest) -%}
            {%- do wrong.append("var " ~ name ~ ": '" ~ value ~ "' is not allowed. Give " ~ kind ~ " from " ~ least ~ " to " ~ greatest ~ ".") -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{% endmacro %}

{% macro wrong_shapes() %}
    {%- set wrong = [] -%}
    {%- set segments = var('segment_by') -%}
    {%- if segments is number or segments is mapping -%}
        {%- do wrong.append("var segment_by: '" ~ segments ~ "' is not a list. Give column names such as [region, gender].") -%}
    {%- endif -%}
    {%- set dimensions = var('weight_by') -%}
    {%- if dimensions is number or dimensions is mapping -%}
        {%- do wrong.append("var weight_by: '" ~ dimensions ~ "' is not a list. Give some of segment_by such as [region, gender x age_band].") -%}
    {%- endif -%}
    {%- set known = dbt_satisfaction.known_behaviours() -%}
    {%- set behaviours = var('weight_by_behaviour') -%}
    {%- if behaviours is string or behaviours is mapping or behaviours is not iterable or behaviours | reject('in', known) | list -%}
        {%- do wrong.append("var weight_by_behaviour: '" ~ behaviours ~ "' is not allowed. Give a list of some of " ~ known | join(', ') ~ ".") -%}
    {%- elif behaviours and var('weighting') != 'raking' -%}
        {%- do wrong.append("var weight_by_behaviour: only raking weights by behaviour. Set weighting to raking, or weight_by_behaviour to [].") -%}
    {%- elif behaviours and 'behaviour' not in var('areas') -%}
        {%- do wrong.append("var weight_by_behaviour: it needs the area behaviour. Add it to areas, or set weight_by_behaviour to [].") -%}
    {%- endif -%}
    {%- if var('finite_population') is true and var('weighting') == 'none' -%}
        {%- do wrong.append("var finite_population: only weighted respondents stand for a number of customers. Set weighting to post_strata, raking "
            ~ "or given, or finite_population to false.") -%}
    {%- endif -%}
    {%- set pairs = var('segment_pairs') -%}
    {%- if pairs is number or pairs is mapping -%}
        {%- do wrong.append("var segment_pairs: '" ~ pairs ~ "' is not a list. Give pairs of segment_by such as ['gender x region'].") -%}
    {%- endif -%}
    {%- set key = var('key_factors') -%}
    {%- if key is string or key is mapping or not key or (key is number and (key is boolean or key != key | int or key < 1)) -%}
        {%- do wrong.append("var key_factors: '" ~ key ~ "' is not allowed. Give factors such as [speed, care], or how many from 1.") -%}
    {%- endif -%}
    {%- for name in ['extra_columns', 'raw_identifiers'] -%}
        {%- set value = var(name) -%}
        {%- if value is not mapping -%}
            {%- do wrong.append("var " ~ name ~ ": '" ~ value ~ "' is not a mapping. Write it as in dbt_project.yml, {} for none.") -%}
        {%- else -%}
            {%- for table in value if table not in dbt_satisfaction.raw_tables() -%}
                {%- set gone = dbt_satisfaction.retired('table', table) -%}
                {%- do wrong.append("var " ~ name ~ ": the table " ~ table ~ " is " ~ gone if gone else
                    "var " ~ name ~ ": there is no raw table '" ~ table ~ "'. Use one of " ~ dbt_satisfaction.raw_tables() | join(', ') ~ ".") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(wrong or dbt_satisfaction.wrong_extra_columns()) -}}
{% endmacro %}

{% macro wrong_extra_columns() %}
    {%- set wrong = [] -%}
    {%- set types = dbt_satisfaction.extra_types() -%}
    {%- for table, columns in var('extra_columns').items() -%}
        {%- if columns is not mapping -%}
            {%- do wrong.append("var extra_columns: " ~ table ~ " needs a type for each column, such as {age: number}.") -%}
        {%- else -%}
            {%- for name, type in columns.items() -%}
                {%- set place = "var extra_columns: " ~ table ~ "." ~ name -%}
                {%- if type is not string or type not in types -%}
                    {%- do wrong.append(place ~ " has the type '" ~ type ~ "'. Use one of " ~ types | join(', ') ~ ".") -%}
                {%- elif not modules.re.fullmatch('\\w+', name | string) -%}
                    {%- do wrong.append(place ~ " holds more than letters, digits and _. Rename the column in the data.") -%}
                {%- elif table == 'survey_wide' and var('extra_columns').get('survey_answers', {}).get(name) != type -%}
                    {%- do wrong.append(place ~ " would get lost. Declare it for survey_answers too: both hold answers.") -%}
                {%- elif table == 'customers' and name == 'age' and type not in ['number', 'integer'] -%}
                    {%- do wrong.append(place ~ " makes age bands. Give it the type number.") -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{% endmacro %}

{% macro wrong_texts() %}
    {%- set wrong = [] -%}
    {%- set day = var('as_of_date') -%}
    {%- if day and not dbt_satisfaction.day_of(day) -%}
        {%- do wrong.append("var as_of_date: '" ~ day ~ "' is not a day between 1900 and a year from now. Write it as YYYY-MM-DD.") -%}
    {%- endif -%}
    {%- set mark = var('thousands_separator') -%}
    {%- if mark and mark not in [',', ' ', "'", '’', '\u00a0', '\u202f'] + (['.'] if var('decimal_separator') == ',' else []) -%}
        {%- do wrong.append("var thousands_separator: '" ~ mark ~ "' is not allowed. Give a comma, a blank, an apostrophe, or '' for none."
            ~ (" Numbers like 1.234,50 need the var decimal_separator: ','." if mark == '.')) -%}
    {%- endif -%}
    {%- set gap = var('typical_gap_days') -%}
    {%- if gap is not none and (gap is not number or gap is boolean or gap <= 0) -%}
        {%- do wrong.append("var typical_gap_days: '" ~ gap ~ "' is no number of days above 0. Give one, or null for the one of the data.") -%}
    {%- endif -%}
    {%- set loaded_at = var('answers_loaded_at') -%}
    {%- set extra = var('extra_columns') -%}
    {%- if loaded_at and loaded_at not in ((extra.get('survey_answers') if extra is mapping) or {}) -%}
        {%- do wrong.append("var answers_loaded_at: '" ~ loaded_at ~ "' is no declared column of survey_answers. Declare it, extra_columns: "
            ~ "{survey_answers: {" ~ loaded_at ~ ": timestamp}}, or leave the var null.") -%}
    {%- endif -%}
    {%- if not var('default_survey_id') -%}
        {%- do wrong.append("var default_survey_id: is blank. Give a name for the wave of answers that have no survey_id.") -%}
    {%- endif -%}
    {%- if var('raw_mode') in ['demo', 'tables'] and var('raw_dir') -%}
        {%- do wrong.append("var raw_dir: '" ~ var('raw_dir') ~ "' would not be read while raw_mode is " ~ var('raw_mode') ~ ". Set raw_mode to files.") -%}
    {%- elif var('raw_mode') == 'files' and not var('raw_dir') -%}
        {%- do wrong.append("var raw_dir: raw_mode is files, and no folder is named. Set raw_dir to it.") -%}
    {%- endif -%}
    {{- return(wrong) -}}
{% endmacro %}

{#- Replaying the months up to a mistyped year would take long and mean nothing. -#}
{% macro day_of(text) %}
    {%- set parts = modules.re.fullmatch('(19[0-9]{2}|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', text | string) -%}
    {%- if parts -%}
        {%- set first = modules.datetime.date(parts[1] | int, parts[2] | int, 1) -%}
        {%- set day = first + modules.datetime.timedelta(days=(parts[3] | int) - 1) -%}
        {%- set latest = run_started_at.date() + modules.datetime.timedelta(days=366) -%}
        {{- return(day if day.month == first.month and day <= latest else none) -}}
    {%- endif -%}
    {{- return(none) -}}
{% endmacro %}
