"""Questions that may be read the wrong way round, or counted from another number.

Lines of the summary. A doubt never stops a build: people may really contradict each other, and
nobody may hate a firm.
"""

from __future__ import annotations

#: respondents from which a question is doubted
ENOUGH = 30

TURNED = "set is_reversed: true for it in questions"
SHIFTED = "set first_level: 1 for it in questions"

# the widest scope of a question says most; the newest wave speaks for the others
ITEMS = f"""with found as (
    select q.item_id, q.value, q.n_respondents, q.survey_id
    from fct_instrument_quality as q join dim_waves as w using (survey_id)
    where q.measure = 'item_total' and q.segment_type = 'total' and q.high < 0
        and q.n_respondents >= {ENOUGH}
    qualify row_number() over (partition by q.item_id
        order by w.wave_date desc, q.survey_id desc, q.n_items desc, q.scope_type, q.scope_id) = 1
)
select format('  {{}}: correlation with the other questions {{}} ({{:,}} respondents of {{}}). '
    'Where a high answer is a bad one, {TURNED}.',
    item_id, round(value, 2), n_respondents, survey_id)
from found order by item_id"""

VERDICTS = f"""with found as (
    select d.factor_id, d.estimate, d.n_respondents, d.survey_id
    from fct_drivers as d join dim_waves as w using (survey_id)
    where d.method = 'correlation' and d.segment_type = 'total' and d.estimate_high < 0
        and d.n_respondents >= {ENOUGH}
    qualify row_number() over (
        partition by d.factor_id order by w.wave_date desc, d.survey_id desc) = 1
)
select format('  {{}}: correlation of the factor {{}} with the overall verdict {{}} '
    '({{:,}} respondents of {{}}). Where a high answer is a bad one, {TURNED}.',
    q.question_id, f.factor_id, round(f.estimate, 2), f.n_respondents, f.survey_id)
from found as f join dim_questions as q
    on f.factor_id = q.factor_id and q.role = 'performance'
where not exists (
    select 1 from fct_instrument_quality as i
    where i.measure = 'item_total' and i.segment_type = 'total' and i.high < 0
        and i.n_respondents >= {ENOUGH} and i.item_id = q.question_id
)
order by q.question_id"""

NEVER_ZERO = f"""select format('  {{}}: none of {{:,}} respondents gave a 0. '
    'Where it was asked from 1 to 11, {SHIFTED}; asked from 1 to 10, it gives no NPS.',
    question_id, sum(n_effective)::bigint)
from fct_survey_scores
where measure = 'bottom_box' and segment_type = 'total'
group by question_id having sum(n_counted) = 0 and sum(n_effective) >= {ENOUGH}
order by question_id"""

QUERIES = (ITEMS, VERDICTS, NEVER_ZERO)
