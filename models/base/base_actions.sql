-- A segment is known where a customer is in it, or the method table segments has a band for it. What customers did
-- (standing_types) and pairs of segments are not looked up: who is in them is only known later.
{%- set columns = dbt_satisfaction.contract('actions') if execute else [] %}
{%- set names = columns | map(attribute='name') | list %}

with raw_rows as (
    {{ dbt_satisfaction.base_table('actions') }}
),

known as (
    {{ dbt_satisfaction.known_segments() }}
),

kinds as (
    select distinct segment_type from known
),

judged as (
    select
        raw_rows.*,
        raw_rows.reject_reason is null
        and kinds.segment_type is not null
        and known.segment_value is null as is_unknown
    from raw_rows
    left join kinds on raw_rows.segment_type = kinds.segment_type
    left join known
        on raw_rows.segment_type = known.segment_type
        and raw_rows.segment_value = known.segment_value
)

select
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    source_table,
    record_key,
    case when is_unknown then 'unknown_code' else reject_reason end as reject_reason,
    case when is_unknown then 'segment_value' else reject_column end as reject_column,
    case when is_unknown then segment_value else reject_value end as reject_value,
    case when is_unknown then {{ dbt_satisfaction.row_json(names) }} else row_json end as row_json
from judged
