-- No raw table that has rows accepts none, or much less of them than in the last good build of the same case.
-- depends_on: {{ ref('rejected_rows') }}
{%- if execute and flags.WHICH in ['build', 'test'] %}{% do dbt_satisfaction.stop_for_poor_deliveries() %}{% endif %}
{{ dbt_satisfaction.poor_deliveries() }}
