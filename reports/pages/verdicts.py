"""Verdicts on the whole: what is drawn of a survey that asks about no factor."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import (
    Language,
    change_words,
    each,
    is_missing,
    number,
    percentage_points,
    points,
    say,
    say_in,
)
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

# of several questions in one role the most answered one
BY_WAVE = """select survey_id, wave, wave_date, score, score_low, score_high, n_answers,
    is_reliable, score_change, change_low, change_high
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
    "satisfied_share": ("overall", " %", say("The satisfied share")),
    "nps": ("recommend", "", say("NPS")),
}


def by_wave(marts: Marts, measure: str) -> Part | None:
    """Draw a score of the whole by wave with its band; None where nobody was asked."""
    role, unit, name = KINDS[measure]
    rows = marts.frame(BY_WAVE, measure, role)
    if rows.empty:
        return None
    last = rows.iloc[-1]
    value = number(last.score).replace("-", "−") + unit
    figure: dict[str, object] = {"measure": name, "value": value}
    if is_missing(last.score_change):
        title = say("{measure} is {value}", **figure)
    elif not last.is_reliable:
        title = say(
            "{measure} is {value}, which rests on too few answers to judge",
            **figure,
        )
    else:
        changed = (last.score_change, last.change_low, last.change_high)
        since = change_words(*changed, points if measure == "nps" else percentage_points)
        title = say("{measure} is {value}, {change}", **figure, change=since)
    scale = charts.domain(rows, "score", "score_low", "score_high")

    def draw(t: Language) -> charts.Chart:
        return charts.over_time(
            rows.drop(columns=["wave_date", "score_change", "change_low", "change_high"]),
            alt.X("wave:O", title=t("wave"), axis=alt.Axis(labelAngle=0)),
            "score",
            "score_low",
            "score_high",
            name(t) + unit,
            charts.tooltip(
                ("survey_id", t("Survey"), ""),
                ("score", name(t), ".1f"),
                ("score_low", t("Lower bound"), ".1f"),
                ("score_high", t("Upper bound"), ".1f"),
                ("n_answers", t("Answers"), ",d"),
            ),
            scale,
        )

    return Figure(
        key=f"{measure.replace('_', '-')}-by-wave",
        title=title,
        note=say("The verdict on the whole in each wave; the band is its confidence interval."),
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
            return say_in("verdicts", "Every segment has too few answers to judge")(t)
        low, high = sure.iloc[0], sure.iloc[-1]
        return t(
            "Lowest in {low}, {low_score}; highest in {high}, {high_score}",
            low=low[f"segment{t.suffix}"],
            low_score=number(low.score) + unit,
            high=high[f"segment{t.suffix}"],
            high_score=number(high.score) + unit,
        )

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows.drop(columns=["total"]),
            alt.Y(f"segment{t.suffix}:N", title=None, sort=alt.SortField("place")),
            "score",
            "score_low",
            "score_high",
            name(t) + unit,
            charts.tooltip(
                (f"segment{t.suffix}", t("Segment"), ""),
                ("score", name(t), ".1f"),
                ("score_low", t("Lower bound"), ".1f"),
                ("score_high", t("Upper bound"), ".1f"),
                ("n_answers", t("Answers"), ",d"),
            ),
            charts.domain(rows, "score", "score_low", "score_high"),
            reference=float(rows.total.iloc[0]),
        )

    return Figure(
        key=f"{measure.replace('_', '-')}-by-segment",
        title=title,
        note=say(
            "The verdict on the whole by segment in the newest wave, with intervals; "
            "dashed: the total; segments with few answers are faded."
        ),
        panels=[Panel(draw)],
        table=rows[[*each("segment"), "score", "score_low", "score_high", "n_answers"]],
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
