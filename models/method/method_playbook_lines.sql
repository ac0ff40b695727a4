{{ dbt_satisfaction.method_table('playbook_lines') }}
