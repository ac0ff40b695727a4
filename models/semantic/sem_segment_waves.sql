-- Wave and segment: the published index, and the counts that shares of answers are made of.
with indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        n_respondents,
        satisfaction_index
    from {{ ref('fct_segment_satisfaction') }}
),

counts as (
    select
        {%- for name, column, measure in [
            ('n_satisfied', 'n_counted', 'satisfied_share'), ('n_satisfied_of', 'n_answers', 'satisfied_share'),
            ('n_top_2', 'n_counted', 'top_2_box'), ('n_top_2_of', 'n_answers', 'top_2_box'),
        ] %}
        sum(case when measure = '{{ measure }}' and role = 'overall' then {{ column }} end) as {{ name }},
        {%- endfor %}
        {%- for name, column, measure in [
            ('n_promoters', 'n_counted', 'promoters'), ('n_detractors', 'n_counted', 'detractors'),
            ('n_recommend', 'n_answers', 'nps'),
            ('n_responded', 'n_counted', 'response_rate'), ('n_invited', 'n_answers', 'response_rate'),
        ] %}
        sum(case when measure = '{{ measure }}' then {{ column }} end) as {{ name }},
        {%- endfor %}
        survey_id,
        segment_type,
        segment_value
    from {{ ref('fct_survey_scores') }}
    group by survey_id, segment_type, segment_value
),

waves as (
    select
        survey_id,
        wave_date
    from {{ ref('dim_waves') }}
),

cells as (
    select survey_id, segment_type, segment_value from indices
    union distinct
    select survey_id, segment_type, segment_value from counts
)

select
    cells.survey_id,
    waves.wave_date,
    cells.segment_type,
    cells.segment_value,
    {%- for name in [
        'n_satisfied', 'n_satisfied_of', 'n_top_2', 'n_top_2_of', 'n_promoters', 'n_detractors', 'n_recommend',
        'n_responded', 'n_invited',
    ] %}
    cast(counts.{{ name }} as bigint) as {{ name }},
    {%- endfor %}
    indices.n_respondents,
    indices.satisfaction_index
from cells
inner join waves on cells.survey_id = waves.survey_id
left join indices
    on cells.survey_id = indices.survey_id
    and cells.segment_type = indices.segment_type
    and cells.segment_value = indices.segment_value
left join counts
    on cells.survey_id = counts.survey_id
    and cells.segment_type = counts.segment_type
    and cells.segment_value = counts.segment_value
