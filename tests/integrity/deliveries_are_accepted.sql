-- No raw table that has rows, or had some in the last good build of the same case, accepts none, or much less of them than then.
-- depends_on: {{ ref('rejected_rows') }}
{%- if execute and flags.WHICH in ['build', 'test'] %}{% do dbt_satisfaction.stop_for_poor_deliveries() %}{% endif %}
{{ dbt_satisfaction.poor_deliveries() }}
