"""Segments: the index of each by wave, as small multiples; of one wave, in rows."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Words,
    each,
    each_as,
    listed,
    number,
    say,
    say_in,
    together,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

SEGMENTS = """select s.segment_type, type_label_zh as type_zh, type_label_en as type_en,
    segment_value, g.label_zh, g.label_en, survey_id, wave, wave_number,
    satisfaction_index, index_low, index_high, s.n_respondents, is_reliable, rest_flag
from fct_segment_satisfaction as s
join dim_segments as g using (segment_type, segment_value)
join (select survey_id, wave from waves) using (survey_id)
where segment_value <> 'unknown' and satisfaction_index is not null
    and not contains(segment_type, ' x ')
order by type_order, value_order, wave_number"""
#: more panels than this are no picture any more; the table has them all
MOST_PANELS = 12
MEASURED = ["satisfaction_index", "index_low", "index_high", "n_respondents", "is_reliable"]


def judged(rows: pd.DataFrame, t: Language) -> str:
    """Say which segment of a type stands lowest, and whether beyond chance."""
    name = rows[f"type{t.suffix}"].iloc[0]
    sure = rows[rows.is_reliable].sort_values("satisfaction_index")
    if sure.empty:
        return t("{name}: every segment has too few answers to judge", name=name)
    low, high = sure.iloc[0], sure.iloc[-1]
    lowest, highest = number(low.satisfaction_index), number(high.satisfaction_index)
    if len(sure) == 1:
        return t(
            "{segment_type}: only {segment} has enough answers, index {index}",
            segment_type=name,
            segment=low[t.label],
            index=lowest,
        )
    found = t(
        "{segment_type}: {low} is lowest at {lowest}, {high} highest at {highest}",
        segment_type=name,
        low=low[t.label],
        lowest=lowest,
        high=high[t.label],
        highest=highest,
    )
    if low.index_high < high.index_low:
        return t("{found}; their intervals do not touch", found=found)
    return t("{found}; their intervals overlap, it may be chance", found=found)


def beside_the_rest(now: pd.DataFrame) -> list[Words]:
    """Say which segments differ from all other respondents of the wave."""
    high, low = now[now.rest_flag == "above"], now[now.rest_flag == "below"]
    above = say(
        "More satisfied than all others, beyond chance: {segments}.",
        segments=lambda t: listed(high[t.label])(t),
    )
    below = say(
        "Less satisfied than all others, beyond chance: {segments}.",
        segments=lambda t: listed(low[t.label])(t),
    )
    return [words for words, of in ((above, high), (below, low)) if len(of)]


def over_waves(
    rows: pd.DataFrame, total: pd.DataFrame, waves: list[str], scale: list[float]
) -> Panel:
    """Draw one segment by wave, beside the total."""
    last = rows.iloc[-1]

    def draw(t: Language) -> charts.Chart:
        x = alt.X(
            "wave:O",
            title=None,
            scale=alt.Scale(domain=waves),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        )
        chart = charts.over_time(
            rows[["wave", *MEASURED]],
            x,
            "satisfaction_index",
            "index_low",
            "index_high",
            None,
            tips(t, ("wave", t("Wave"), "")),
            scale,
            height=None,
        )
        beside = alt.Chart(total[["wave", "satisfaction_index"]])
        y = alt.Scale(domain=scale, zero=False, nice=False)
        line = beside.mark_line(style="reference")
        line = line.encode(x=x, y=alt.Y("satisfaction_index:Q", scale=y))
        return charts.Layered([line, chart], height=110, width="container")

    named: dict[str, object] = {"segment": lambda t: last[t.label], "n": f"{last.n_respondents:,}"}
    if last.is_reliable:
        return Panel(draw, say("{segment} (n = {n})", **named))
    return Panel(draw, say("{segment} (n = {n}, few answers)", **named))


def tips(t: Language, first: tuple[str, str, str]) -> list[alt.Tooltip]:
    """Return the tooltip of an index of a segment."""
    return charts.tooltip(
        first,
        ("satisfaction_index", t("Index"), ".1f"),
        ("index_low", t("Lower bound"), ".1f"),
        ("index_high", t("Upper bound"), ".1f"),
        ("n_respondents", t("Respondents"), ",d"),
    )


def side_by_side(rows: pd.DataFrame, total: float, scale: list[float]) -> Panel:
    """Draw the segments of one wave, where there is no course to draw."""

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[[*each("label"), *MEASURED]],
            alt.Y(f"{t.label}:N", title=None, sort=list(rows[t.label])),
            "satisfaction_index",
            "index_low",
            "index_high",
            t("satisfaction index"),
            tips(t, (t.label, say_in("comparison", "Segment")(t), "")),
            scale,
            reference=total,
        )

    return Panel(draw)


def segments(marts: Marts) -> Iterable[Part]:
    """Draw the index of every segment: a figure per type, small multiples by wave."""
    rows = marts.frame(SEGMENTS)
    total, parted = rows[rows.segment_type == "total"], rows[rows.segment_type != "total"]
    if parted.empty:
        yield Missing(
            "fct_segment_satisfaction",
            say("No segments"),
            say("Add customers, with attributes, and name those to cut by in the var segment_by."),
        )
        return
    waves = list(dict.fromkeys(total.wave))
    scale = charts.domain(rows, "satisfaction_index", "index_low", "index_high")
    newest = rows.wave_number.max()
    for kind, of_type in parted.groupby("segment_type", sort=False):
        now = of_type[of_type.wave_number == newest]
        if now.empty:
            continue
        shown = now.nlargest(MOST_PANELS, "n_respondents").segment_value
        drawn = of_type[of_type.segment_value.isin(shown)]
        if len(waves) > 1:
            groups = drawn.groupby("segment_value", sort=False)
            panels = [over_waves(group, total, waves, scale) for _, group in groups]
            note = say(
                "The index of each segment by wave with its interval (band); dashed: all "
                "customers; points of few answers are faded."
            )
        else:
            panels = [side_by_side(drawn, total.satisfaction_index.iloc[-1], scale)]
            note = say(
                "The index of each segment with its interval; dashed: all customers; few answers "
                "are faded."
            )
        note = together(note, *beside_the_rest(now))
        if len(now) > len(shown):
            rest = say("Drawn are the {n} largest segments; the table has all.", n=MOST_PANELS)
            note = together(note, rest)
        yield Figure(
            key=f"segments-{kind}",
            title=lambda t, now=now: judged(now, t),  # type: ignore[misc]
            note=note,
            panels=panels,
            table=of_type.rename(columns=each_as(label="segment_value"))[
                [*each("segment_value"), "survey_id", *MEASURED[:4]]
            ],
            is_wide=len(panels) > 1,
            panel_width=150,
        )
