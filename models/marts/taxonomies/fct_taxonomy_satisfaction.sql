{%- set figures = ['n_effective', 'score', 'standard_error', 'score_low', 'score_high', 'score_rescaled',
    'standard_error_rescaled', 'unweighted_score', 'unweighted_standard_error'] %}

with scores as (
    select
        survey_id,
        segment_type,
        segment_value,
        taxonomy,
        class_id,
        n_factors,
        n_respondents,
        n_answers,
        {%- for figure in figures %}
        {{ dbt_satisfaction.nan_to_null(figure) }} as {{ figure }},
        {%- endfor %}
        weight
    from {{ ref('py_class_satisfaction') }}
),

indices as (
    select
        survey_id,
        segment_type,
        segment_value,
        weight_coverage
    from {{ ref('py_segment_index') }}
),

classes as (
    select
        taxonomy,
        class_id,
        label_zh,
        label_en,
        sort_order
    from {{ dbt_satisfaction.method_table('taxonomy_classes') }}
)

select
    scores.survey_id,
    scores.segment_type,
    scores.segment_value,
    scores.taxonomy,
    scores.class_id,
    coalesce(taxonomies.label_zh, scores.taxonomy) as taxonomy_label_zh,
    coalesce(taxonomies.label_en, scores.taxonomy) as taxonomy_label_en,
    cast(taxonomies.sort_order as integer) as taxonomy_order,
    coalesce(classes.label_zh, scores.class_id) as label_zh,
    coalesce(classes.label_en, scores.class_id) as label_en,
    cast(classes.sort_order as integer) as sort_order,
    cast(scores.n_factors as integer) as n_factors,
    scores.n_respondents,
    scores.n_answers,
    scores.n_effective,
    scores.score as class_score,
    scores.standard_error,
    -- greatest() and least() pass over null, and one respondent has no interval
    case when scores.score_low < 0 then 0 else scores.score_low end as score_low,
    case when scores.score_high > 100 then 100 else scores.score_high end as score_high,
    scores.score_rescaled as class_score_0_100,
    scores.standard_error_rescaled as standard_error_0_100,
    scores.unweighted_score,
    scores.unweighted_standard_error,
    scores.weight / nullif(indices.weight_coverage, 0) as weight_share,
    scores.score * scores.weight / nullif(indices.weight_coverage, 0) as contribution,
    scores.n_respondents >= {{ var('min_respondents') }}
    and scores.n_effective >= {{ var('min_respondents') }} - 1e-6 as is_reliable
from scores
inner join indices
    on scores.survey_id = indices.survey_id
    and scores.segment_type = indices.segment_type
    and scores.segment_value = indices.segment_value
left join classes on scores.taxonomy = classes.taxonomy and scores.class_id = classes.class_id
-- a row without a class is the taxonomy's own
left join classes as taxonomies on scores.taxonomy = taxonomies.taxonomy and taxonomies.class_id is null
