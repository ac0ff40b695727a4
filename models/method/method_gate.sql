{{ config(materialized='table') }}

-- Stops the build with the list of what is wrong in the method tables; everything else waits for this model.
{%- do dbt_satisfaction.stop_for_problems(ref('py_method_problems')) %}

select count(*) as method_problems
from {{ ref('py_method_problems') }}
