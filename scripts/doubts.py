"""Say which questions seem to run the other way: lines of the summary, never a stop."""

from __future__ import annotations

#: from how many respondents of a question on a doubt is said
LEAST = 30
# how a question goes with the others of its factor, dimension or parent; of several the clearest
AGAINST_OTHERS = f"""select format('  {{}} goes against the other questions of {{}} in {{}} '
    || '(r {{:.2f}}, n {{:,}}). '
    || 'If its level 1 is the best answer, set is_reversed to true in questions.',
    item_id, scope_id, survey_id, value, n_respondents)
from fct_instrument_quality
where measure = 'item_total' and segment_type = 'total' and high < 0 and n_respondents >= {LEAST}
qualify row_number() over (partition by item_id order by value, survey_id, scope_id) = 1
order by item_id"""
# how a factor goes with the verdict on the whole: a factor of one question has no other sign
AGAINST_VERDICT = f"""select format('  {{}} goes against the overall verdict in {{}} '
    || '(r {{:.2f}}, n {{:,}}). '
    || 'If level 1 of either is the best answer, set is_reversed to true in questions.',
    question_id, survey_id, estimate, n_respondents)
from fct_drivers join dim_questions using (factor_id)
where method = 'correlation' and segment_type = 'total' and role = 'performance'
    and estimate_high < 0 and n_respondents >= {LEAST}
qualify row_number() over (partition by question_id order by estimate, survey_id) = 1
order by question_id"""
# how a question goes with the recommendation: option numbers all run the other way together
AGAINST_RECOMMENDATION = f"""select format('  {{}} goes against the recommendation {{}} in {{}} '
    || '(r {{:.2f}}, n {{:,}}). '
    || 'If level 1 of either is the best answer, set is_reversed to true in questions.',
    item_id, scope_id, survey_id, value, n_respondents)
from fct_instrument_quality
where measure = 'item_recommendation' and segment_type = 'total' and high < 0
    and n_respondents >= {LEAST}
qualify row_number() over (partition by item_id order by value, survey_id, scope_id) = 1
order by item_id"""
# who asks from 1 to 11 has nobody at 0, and a 10 that is a 9
NEVER_ZERO = f"""select format('  {{}} has no 0 among {{:,}} answers. '
    || 'If it was asked from 1 to 11, set first_level to 1 in questions; '
    || 'asked from 1 to 10 it has no NPS.',
    question_id, sum(n_effective)::bigint)
from fct_survey_scores
where measure = 'bottom_box' and segment_type = 'total'
group by question_id having sum(n_counted) = 0 and sum(n_effective) >= {LEAST}
order by question_id"""
DOUBTS = (AGAINST_OTHERS, AGAINST_VERDICT, AGAINST_RECOMMENDATION, NEVER_ZERO)
