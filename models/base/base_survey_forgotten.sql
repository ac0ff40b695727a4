{{ dbt_satisfaction.base_table('survey_forgotten') }}
