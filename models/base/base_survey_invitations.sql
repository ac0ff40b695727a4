{{ dbt_satisfaction.base_table('survey_invitations') }}
