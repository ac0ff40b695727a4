"""Verdicts on the whole: what is drawn of a survey that asks about no factor."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import (
    CHINESE,
    ENGLISH,
    PERCENTAGE_POINTS,
    POINTS,
    Language,
    both,
    change_words,
    is_missing,
    number,
)
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

# of several questions in one role the most answered one
BY_WAVE = """select survey_id, wave, wave_date, score, score_low, score_high, n_answers, is_reliable,
    score_change, change_low, change_high
from fct_survey_scores join waves using (survey_id)
where segment_type = 'total' and score is not null and measure = ? and role = ?
qualify row_number() over (partition by survey_id order by n_answers desc, question_id) = 1
order by wave_number"""
BY_SEGMENT = """select type_label_zh || ' · ' || g.label_zh as segment_zh,
    type_label_en || ' · ' || g.label_en as segment_en,
    row_number() over (order by type_order, value_order) as place,
    score, score_low, score_high, n_answers, is_reliable,
    (select score from fct_survey_scores as t where t.survey_id = s.survey_id
        and t.segment_type = 'total' and t.measure = s.measure and t.question_id = s.question_id
    ) as total
from fct_survey_scores as s join dim_segments as g using (segment_type, segment_value)
where segment_type <> 'total' and segment_value <> 'unknown' and score is not null
    and survey_id = ? and measure = ? and role = ?
qualify dense_rank() over (order by question_id) = 1
order by place"""
#: measure: role, unit, its name as it begins a sentence
KINDS = {
    "satisfied_share": ("overall", " %", ("满意客户占比", "The satisfied share")),
    "nps": ("recommend", "", ("净推荐值（NPS）", "NPS")),
}


def by_wave(marts: Marts, measure: str) -> Part | None:
    """Draw a score of the whole by wave with its band; None where nobody was asked."""
    role, unit, name = KINDS[measure]
    rows = marts.frame(BY_WAVE, measure, role)
    if rows.empty:
        return None
    last = rows.iloc[-1]
    if is_missing(last.score_change):
        moved = both("", "")
    elif not last.is_reliable:
        moved = both("：回答太少，不足以判断", ", which rests on too few answers to judge")
    else:
        changed = (last.score_change, last.change_low, last.change_high)
        since = change_words(*changed, POINTS if measure == "nps" else PERCENTAGE_POINTS)
        moved = both("：" + since(CHINESE), ", " + since(ENGLISH))
    scale = charts.domain(rows, "score", "score_low", "score_high")

    def draw(t: Language) -> charts.Chart:
        return charts.over_time(
            rows.drop(columns=["wave_date", "score_change", "change_low", "change_high"]),
            alt.X("wave:O", title=t("调查期", "wave"), axis=alt.Axis(labelAngle=0)),
            "score",
            "score_low",
            "score_high",
            t(*name) + unit,
            charts.tooltip(
                ("survey_id", t("调查", "Survey"), ""),
                ("score", t(*name), ".1f"),
                ("score_low", t("下限", "Lower bound"), ".1f"),
                ("score_high", t("上限", "Upper bound"), ".1f"),
                ("n_answers", t("回答", "Answers"), ",d"),
            ),
            scale,
        )

    figure = number(last.score).replace("-", "−") + unit
    return Figure(
        key=f"{measure.replace('_', '-')}-by-wave",
        title=lambda t: t(f"{name[0]} {figure}", f"{name[1]} is {figure}") + moved(t),
        note=both(
            "每期对总体的评价；色带为置信区间。",
            "The verdict on the whole in each wave; the band is its confidence interval.",
        ),
        panels=[Panel(draw)],
        table=rows[["survey_id", "score", "score_low", "score_high", "n_answers"]],
    )


def by_segment(marts: Marts, survey_id: str, measure: str) -> Part | None:
    """Draw a score of the whole by segment in one wave; None where there are no segments."""
    role, unit, name = KINDS[measure]
    rows = marts.frame(BY_SEGMENT, survey_id, measure, role)
    if len(rows) < 2:  # one segment is the total
        return None
    sure = rows[rows.is_reliable].sort_values("score")

    def title(t: Language) -> str:
        if sure.empty:
            return t("各分群的回答都太少", "Every segment has too few answers to judge")
        low, high = sure.iloc[0], sure.iloc[-1]
        return t(
            f"最低：{low.segment_zh} {number(low.score)}{unit}；最高：{high.segment_zh} {number(high.score)}{unit}",
            f"Lowest in {low.segment_en}, {number(low.score)}{unit}; "
            f"highest in {high.segment_en}, {number(high.score)}{unit}",
        )

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows.drop(columns=["total"]),
            alt.Y(f"segment_{t.code}:N", title=None, sort=alt.SortField("place")),
            "score",
            "score_low",
            "score_high",
            t(*name) + unit,
            charts.tooltip(
                (f"segment_{t.code}", t("分群", "Segment"), ""),
                ("score", t(*name), ".1f"),
                ("score_low", t("下限", "Lower bound"), ".1f"),
                ("score_high", t("上限", "Upper bound"), ".1f"),
                ("n_answers", t("回答", "Answers"), ",d"),
            ),
            charts.domain(rows, "score", "score_low", "score_high"),
            reference=float(rows.total.iloc[0]),
        )

    return Figure(
        key=f"{measure.replace('_', '-')}-by-segment",
        title=title,
        note=both(
            "最新一期各分群对总体的评价，附置信区间；虚线为总体；回答太少的变淡。",
            "The verdict on the whole by segment in the newest wave, with intervals; dashed: the "
            "total; segments with few answers are faded.",
        ),
        panels=[Panel(draw)],
        table=rows[["segment_zh", "segment_en", "score", "score_low", "score_high", "n_answers"]],
    )


def parts(marts: Marts) -> list[Part]:
    """Return what can be drawn of the verdicts on the whole: nothing where there are none."""
    newest = marts.value("select survey_id from dim_waves order by wave_number desc limit 1")
    found = [by_wave(marts, measure) for measure in KINDS]
    found += [by_segment(marts, str(newest), measure) for measure in KINDS]
    return [part for part in found if part]


def trends(marts: Marts) -> list[Part]:
    """Return the verdicts on the whole by wave."""
    return [part for measure in KINDS if (part := by_wave(marts, measure))]
