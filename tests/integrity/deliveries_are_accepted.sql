-- No raw table accepts none of its rows, or much less of them than in the last good build of the same case, or has
-- lost all that were accepted then.
-- depends_on: {{ ref('rejected_rows') }}
{%- if execute and flags.WHICH in ['build', 'test'] %}{% do dbt_satisfaction.stop_for_poor_deliveries() %}{% endif %}
{{ dbt_satisfaction.poor_deliveries() }}
