{{ dbt_satisfaction.accepted_rows('survey_forgotten') }}
