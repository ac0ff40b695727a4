-- Two segment types crossed: a row per cell, with the letters of the columns that are lower in its row beyond chance.
-- A row of the table is the family that tests are adjusted for, in which each pair of cells is twice, which makes no
-- difference; cells that are not reliable are not tested.
{%- set family = ['survey_id', 'segment_type', 'row_value'] %}

with cells as (
    select
        survey_id,
        wave_number,
        segment_type,
        segment_value,
        split_part(segment_type, ' x ', 1) as row_type,
        split_part(segment_type, ' x ', 2) as column_type,
        split_part(segment_value, '|', 1) as row_value,
        substring(segment_value, length(split_part(segment_value, '|', 1)) + 2) as column_value,
        n_respondents,
        n_effective,
        satisfaction_index,
        index_low,
        index_high,
        minimum_detectable_change,
        is_reliable
    from {{ ref('fct_segment_satisfaction') }}
    where {{ dbt_satisfaction.is_pair('segment_type') }}
),

-- the same letter in every wave
numbered as (
    select
        cells.*,
        dense_rank() over (partition by segment_type order by column_value) as column_number
    from cells
),

lettered as (
    select
        numbered.*,
        {{ dbt_satisfaction.column_letter('column_number') }} as column_letter
    from numbered
),

differences as (
    select
        survey_id,
        segment_type,
        row_value,
        column_value,
        other_value,
        difference,
        {{ dbt_satisfaction.nan_to_null('p_value') }} as p_value
    from {{ ref('py_segment_pairs') }}
),

tested as (
    select
        differences.survey_id,
        differences.segment_type,
        differences.row_value,
        differences.column_value,
        differences.difference,
        differences.p_value,
        other.column_number,
        other.column_letter,
        own.is_reliable and other.is_reliable and differences.p_value is not null as is_tested
    from differences
    inner join lettered as own
        on {{ dbt_satisfaction.are_same('differences', 'own', family + ['column_value']) }}
    inner join lettered as other
        on differences.other_value = other.column_value
        and {{ dbt_satisfaction.are_same('differences', 'other', family) }}
),

letters as (
    select
        survey_id,
        segment_type,
        row_value,
        column_value,
        {{ dbt_satisfaction.joined_texts('column_letter', ' ', 'column_number') }} as letters
    from {{ dbt_satisfaction.with_q_values('tested', 'p_value', family, 'is_tested', 'q_value') }} as adjusted
    where q_value <= {{ dbt_satisfaction.greatest_q_value() }} and difference > 0
    group by survey_id, segment_type, row_value, column_value
)

select
    lettered.survey_id,
    cast(lettered.wave_number as integer) as wave_number,
    lettered.segment_type,
    lettered.segment_value,
    lettered.row_type,
    lettered.row_value,
    lettered.column_type,
    lettered.column_value,
    lettered.column_letter,
    lettered.n_respondents,
    lettered.n_effective,
    lettered.satisfaction_index,
    lettered.index_low,
    lettered.index_high,
    letters.letters,
    lettered.minimum_detectable_change,
    lettered.n_effective < {{ var('min_respondents') }} - 1e-6 as is_low_base,
    lettered.is_reliable
from lettered
left join letters
    on {{ dbt_satisfaction.are_same('lettered', 'letters', family + ['column_value']) }}
