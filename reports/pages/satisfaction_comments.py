"""What customers write in answer to open questions, by theme."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Words,
    each,
    each_as,
    from_marts,
    nothing,
    percent,
    say,
    together,
)
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

THEMES = """select theme_id, label_zh, label_en, n_comments, n_naming, naming_share, share_low,
    share_high, n_positive, n_negative, mean_overall, mean_low, mean_high, share_change, change_low,
    change_high, is_reliable
from fct_comment_themes
where survey_id = ? and segment_type = 'total'
order by n_naming desc, theme_id"""
DRAWN = ["n_naming", "naming_share", "share_low", "share_high", "n_positive", "n_negative"]
DRAWN += ["mean_overall", "is_reliable"]


def comments(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw the share of open answers that name each theme; None where nobody wrote any."""
    if "fct_comment_themes" not in marts.published:
        return None
    rows = marts.frame(THEMES, survey_id)
    if rows.empty:
        return None
    everything = rows[rows.theme_id == "all"].iloc[0]
    named = rows[(rows.theme_id != "all") & (rows.n_naming > 0)]
    n = int(everything.n_comments)

    def title(t: Language) -> str:
        if named.empty:
            return t("{n} open answers, and no keyword finds a theme in any", n=n)
        if not everything.is_reliable:
            return t("Too few open answers to say what customers write about")
        first = named.iloc[0]
        return t(
            "{theme} is what customers write about most: {share} of {n} open answers",
            theme=first[t.label],
            share=percent(first.naming_share),
            n=n,
        )

    def draw(t: Language) -> charts.Chart:
        base = alt.Chart().encode(
            y=alt.Y(f"{t.label}:N", title=None, sort=named[t.label].tolist()),
            opacity=charts.opacity(),
            tooltip=charts.tooltip(
                (t.label, t("Theme"), ""),
                ("n_naming", t("Answers"), ",d"),
                ("naming_share", t("Share"), ".1%"),
                ("share_low", t("Lower bound"), ".1%"),
                ("share_high", t("Upper bound"), ".1%"),
                ("n_positive", t("Speak well of it"), ",d"),
                ("n_negative", t("Speak badly of it"), ",d"),
                ("mean_overall", t("Mean overall verdict (1–5)"), ".2f"),
            ),
        )
        share = alt.X(
            "naming_share:Q", title=t("share of open answers"), axis=alt.Axis(format=".0%")
        )
        bars = base.mark_bar(style="leaf", height={"band": 0.7}).encode(x=share)
        ends = base.mark_rule(style="range").encode(x="share_low:Q", x2="share_high:Q")
        return charts.Layered(
            [bars, ends],
            data=named[[*each("label"), *DRAWN]],
            height=30 * len(named),
            width="container",
        )

    return Figure(
        key="comments",
        title=title,
        note=together(
            say(
                "How many of the answers to open questions name a theme, with their interval. An "
                "answer may name several; keywords find them, and they find a theme in {share}.",
                share=percent(everything.naming_share),
            ),
            verdicts(named, everything),
        ),
        panels=[Panel(draw)] if len(named) else [],
        table=named[
            [*each("label"), "n_naming", "naming_share", "share_low", "share_high"]
            + ["n_positive", "n_negative", "mean_overall", "mean_low", "mean_high"]
            + ["share_change", "change_low", "change_high"]
        ].rename(columns=each_as(label="theme_id")),
    )


def verdicts(named: pd.DataFrame, everything: pd.Series) -> Words:
    """Say whose theme goes with the worst verdict, where it is surely below the mean of all."""
    sure = named[named.mean_high < everything.mean_overall]
    if sure.empty:
        return nothing
    worst = sure.sort_values(["mean_overall", "theme_id"]).iloc[0]
    return say(
        "Those who name {theme} are less satisfied than all who name any theme: {mean} of 5 on "
        "average, against {all}.",
        theme=from_marts(str(worst.label_zh), str(worst.label_en)),
        mean=f"{worst.mean_overall:.1f}",
        all=f"{everything.mean_overall:.1f}",
    )
