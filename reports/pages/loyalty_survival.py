"""How long relationships last: one curve, or one for each segment where they differ."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Words,
    clauses,
    each,
    from_marts,
    interval,
    is_missing,
    nothing,
    number,
    percent,
    say,
    say_in,
    together,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

CURVES = """select s.segment_type, g.type_label_zh, g.type_label_en, g.label_zh, g.label_en,
    s.age_months, s.n_at_risk, s.n_lost, s.survival, s.survival_low, s.survival_high,
    s.median_months, s.median_low, s.median_high, s.median_status, s.returned_share, s.split_by,
    s.ended_after_months, s.ended_after_gaps, s.is_reliable,
    sum(s.n_entered) over (partition by s.segment_type, s.segment_value) as n_watched
from fct_relationship_survival as s join dim_segments as g using (segment_type, segment_value)
where s.segment_type = 'total' or s.segment_value <> 'unknown'
    and s.segment_type in (select split_by from fct_relationship_survival)
qualify s.survival is not null
order by g.value_order, g.segment_value, s.age_months"""
#: the curves are drawn to this age: most is decided early
DRAWN_MONTHS = 36
#: as many lines as the theme has colours
MOST_LINES = 6
BOUNDS = ["survival_low", "survival_high"]


def certain(curve: pd.DataFrame) -> pd.DataFrame:
    """Return a curve up to the age at which too few are watched: from there on chance rules."""
    return curve[curve.is_reliable.astype(bool).cummin()]


def ended(curve: pd.DataFrame) -> Words:
    """Say what a relationship that has ended is."""
    months = int(curve.ended_after_months.iloc[0])
    gaps = f"{curve.ended_after_gaps.iloc[0]:g}"
    if months == 1:
        return say(
            "ended means no service held, and nothing bought for at least 1 month "
            "and {gaps} of the customer’s own usual gaps",
            gaps=gaps,
        )
    return say(
        "ended means no service held, and nothing bought for at least {months} months "
        "and {gaps} of the customer’s own usual gaps",
        months=months,
        gaps=gaps,
    )


def has_median(curve: pd.DataFrame) -> bool:
    """Tell whether the median may be quoted, and lies where enough customers are watched."""
    first = curve.iloc[0]
    return bool(
        first.median_status == "estimated"
        and first.median_months <= certain(curve).age_months.max()
    )


def going_on(curve: pd.DataFrame) -> Words:
    """Say how many relationships go on after the last age that is certain."""
    last = certain(curve).iloc[-1]
    return say(
        "after {age_months} months {survival} of the relationships go on",
        age_months=last.age_months,
        survival=percent(last.survival),
    )


def length(curve: pd.DataFrame) -> Words:
    """Say how long half of the relationships last, and how many beyond a year."""
    first = curve.iloc[0]
    months = number(first.median_months, 0)
    sure = certain(curve)
    at_year = sure.survival[sure.age_months == 12]

    def words(t: Language) -> str:
        text = t("half of the relationships end within {months} months", months=months)
        if not is_missing(first.median_low) and not is_missing(first.median_high):
            bounds = interval(first.median_low, first.median_high, 0)
            text = t("{found} (interval {interval})", found=text, interval=bounds)
        if first.median_months < 12 and len(at_year):
            share = percent(at_year.iloc[0])
            text = t("{found}, {share} last beyond a year", found=text, share=share)
        return text

    return words


def finding(curve: pd.DataFrame) -> Words:
    """Say what one curve says, or why it says nothing."""
    first = curve.iloc[0]
    if has_median(curve):
        return length(curve)
    if first.median_status == "definition":
        return say(
            "how long relationships last cannot be told: at least half end as early "
            "as the definition allows"
        )
    if first.median_status == "many_return":
        share = percent(first.returned_share)
        return say(
            "how long relationships last cannot be told: {share} of those that ended began again",
            share=share,
        )
    return going_on(curve)


def lines(curves: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return the segments that are drawn: with enough relationships, at most MOST_LINES of them."""
    known = curves.groupby("label_en").n_watched.first().sort_values(ascending=False, kind="stable")
    return curves[curves.label_en.isin(known[known >= least].index[:MOST_LINES])]


def split_finding(curves: pd.DataFrame) -> Words:
    """Say that segments differ, and what the curve of most losses says that is certain."""
    first = curves.iloc[0]
    told = {
        label: certain(curve).n_lost.sum()
        for label, curve in curves.groupby("label_en", sort=False)
        if certain(curve).n_lost.sum() > 0
    }

    def words(t: Language) -> str:
        kind = from_marts(first.type_label_zh, first.type_label_en.lower())
        text = t("How long relationships last depends on the {segment_type}", segment_type=kind)
        if told:
            curve = curves[curves.label_en == max(told, key=lambda label: told[label])]
            says = length(curve) if has_median(curve) else going_on(curve)
            segment = curve[t.label].iloc[0]
            text = t("{found}. {segment}: {says}", found=text, segment=segment, says=says)
        return text

    return words


def axes(curves: pd.DataFrame, t: Language) -> tuple[alt.X, dict[str, Any]]:
    """Return the horizontal axis of a survival chart, and what its vertical one is made of."""
    oldest = int(curves.age_months.max())
    ticks = list(range(0, oldest + 1, 6 if oldest > 18 else 3 if oldest > 6 else 1))
    x = alt.X(
        "age_months:Q",
        title=t("months of the relationship"),
        axis=alt.Axis(values=ticks, format="d"),
        scale=alt.Scale(nice=False),
    )
    share = {
        "title": t("share still there"),
        "axis": alt.Axis(format="%"),
        "scale": alt.Scale(domain=[0, 1]),
    }
    return x, share


def tips(t: Language) -> list[alt.Tooltip]:
    """Return what is shown of a point."""
    return charts.tooltip(
        ("age_months", t("Months"), "d"),
        ("survival", t("Still there"), ".1%"),
        ("survival_low", t("Lower bound"), ".1%"),
        ("survival_high", t("Upper bound"), ".1%"),
        ("n_at_risk", say_in("survival", "At risk")(t), ",d"),
    )


def one_curve(curve: pd.DataFrame, median: int | None, t: Language) -> charts.Chart:
    """Draw a curve on the band of its interval, with lines at the median if there is one."""
    x, share = axes(curve, t)
    base = alt.Chart(curve).encode(x=x)
    low, y = alt.Y("survival_low:Q", **share), alt.Y("survival:Q", **share)
    layers = [
        base.mark_area(style="band", interpolate="step-after").encode(
            y=low, y2=alt.Y2("survival_high:Q")
        ),
        base.mark_line(style="line", interpolate="step-after").encode(y=y),
        base.mark_point(opacity=0, size=80).encode(y=y, tooltip=tips(t)),
    ]
    if median is not None:
        mark = alt.Chart(pd.DataFrame({"age": [median], "half": [0.5]}))
        layers += [
            mark.mark_rule(style="reference").encode(x=alt.X("age:Q")),
            mark.mark_rule(style="reference").encode(y=alt.Y("half:Q", scale=share["scale"])),
        ]
    return alt.layer(*layers, height=260, width="container")


def many_curves(curves: pd.DataFrame, t: Language) -> charts.Chart:
    """Draw a curve for each segment, faded from the age on at which few customers are watched."""
    x, share = axes(curves, t)
    order = list(dict.fromkeys(curves[t.label]))
    colour = alt.Color(
        f"{t.label}:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order, range="category"),
        legend=alt.Legend(columns=1, symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3),
    )
    base = alt.Chart(curves).encode(x=x, y=alt.Y("survival:Q", **share), color=colour)
    return alt.layer(
        base.mark_line(interpolate="step-after", opacity=charts.FADED),
        base.mark_line(interpolate="step-after").transform_filter("datum.is_certain"),
        base.mark_point(opacity=0, size=80).encode(
            tooltip=[*charts.tooltip((t.label, t("Segment"), "")), *tips(t)]
        ),
        height=260,
        width="container",
    )


def returned(total: pd.DataFrame) -> Words:
    """Say how many of the relationships that ended began again."""
    share = total.returned_share.iloc[0]
    if is_missing(share):
        return nothing
    return say("Of those that ended {share} began again.", share=percent(share))


def pooled(total: pd.DataFrame) -> Figure:
    """Draw the one curve of all customers."""
    sure, shown = certain(total), has_median(total)
    last = sure.iloc[-1]
    drawn = sure[sure.age_months <= DRAWN_MONTHS]
    # while nobody is lost the interval has no width yet
    drawn = drawn.assign(**{name: drawn[name].fillna(drawn.survival) for name in BOUNDS})
    columns = ["age_months", "n_at_risk", "survival", *BOUNDS]
    median = int(total.median_months.iloc[0]) if shown else DRAWN_MONTHS + 1

    def title(t: Language) -> str:
        text = finding(total)(t)
        return clauses(text[0].upper() + text[1:], ended(total))(t)

    explained = {"months": last.age_months, "share": percent(last.survival)}
    return Figure(
        key="survival",
        title=title,
        note=together(
            say(
                "How long relationships last from the first active month (Kaplan and Meier); the "
                "band is the interval, the dashed lines mark the median. Enough customers are "
                "watched until month {months}, when {share} are still there. Early losses are of "
                "the newly come.",
                **explained,
            )
            if shown
            else say(
                "How long relationships last from the first active month (Kaplan and Meier); the "
                "band is the interval. Enough customers are watched until month {months}, when "
                "{share} are still there. Early losses are of the newly come.",
                **explained,
            ),
            returned(total),
        ),
        panels=[
            Panel(
                lambda t: one_curve(drawn[columns], median if median <= DRAWN_MONTHS else None, t)
            )
        ],
        table=drawn[columns],
    )


def split(total: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw a curve for each segment: one of all customers would be that of none."""
    first = curves.iloc[0]
    drawn = curves[curves.age_months <= DRAWN_MONTHS].assign(
        is_certain=lambda rows: rows.groupby("label_en").is_reliable.cummin().astype(bool)
    )
    columns = [*each("label"), "age_months", "n_at_risk", "survival", *BOUNDS]

    note = say(
        "How long relationships last from the first active month (Kaplan and Meier). The rates "
        "at which customers leave differ by {segment_type}, beyond chance (log-rank test): one "
        "curve of them all would describe nobody. A curve is faded from the age on at which few "
        "customers are watched.",
        segment_type=from_marts(first.type_label_zh, first.type_label_en.lower()),
    )

    return Figure(
        key="survival",
        title=clauses(split_finding(curves), ended(total)),
        note=together(note, returned(total)),
        panels=[Panel(lambda t: many_curves(drawn[[*columns, "is_certain"]], t))],
        table=drawn[columns],
    )


def survival(marts: Marts) -> Part | None:
    """Draw how many relationships last how long: by segment where one curve would be of nobody."""
    curves = marts.frame(CURVES)
    total = curves[curves.segment_type == "total"]
    if total.empty:
        return None
    if certain(total).empty:
        return Missing(
            "fct_relationship_survival",
            say("Too few customers for a survival curve"),
            say("It takes more customers, or a longer history of transactions or subscriptions."),
        )
    segments = lines(curves[curves.segment_type != "total"], marts.least_reliable)
    return pooled(total) if segments.empty else split(total, segments)
