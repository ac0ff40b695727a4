{{ config(materialized='table') }}

-- Stops the build with a message for each question whose answers are not understood; everything made of answers waits
-- for this model.
{%- do dbt_satisfaction.stop_for_problems(ref('py_answer_problems'), 'The answers have') %}

select count(*) as answer_problems
from {{ ref('py_answer_problems') }}
