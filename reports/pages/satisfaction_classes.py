"""Satisfaction with classes of factors, one taxonomy at a time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, each, each_as, number, say
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

CLASSES = """select wave, taxonomy, class_id, taxonomy_label_zh, taxonomy_label_en, label_zh,
    label_en, n_factors, n_respondents, class_score, score_low, score_high, weight_share,
    contribution, is_reliable
from fct_taxonomy_satisfaction join waves using (survey_id)
where segment_type = 'total' and class_score is not null
qualify wave_number = max(wave_number) over ()
order by taxonomy_order nulls last, taxonomy, sort_order nulls last, class_id"""
FIGURES = ["n_factors", "class_score", "score_low", "score_high", "weight_share", "contribution"]


def draw_classes(rows: pd.DataFrame, t: Language) -> charts.Chart:
    """Draw a bar per class of a taxonomy, with the interval of its score."""
    y = alt.Y(f"{t.label}:N", title=None, sort=list(rows[t.label]))
    tips = charts.tooltip(
        (t.label, t("Class"), ""),
        ("class_score", t("Score"), ".1f"),
        ("score_low", t("Lower bound"), ".1f"),
        ("score_high", t("Upper bound"), ".1f"),
        ("weight_share", t("Share of the index"), ".1%"),
        ("contribution", t("Contribution to the index"), ".1f"),
        ("n_factors", t("Factors"), "d"),
        ("n_respondents", t("Respondents"), ",d"),
    )
    x = alt.X("class_score:Q", title=t("score (points)"), scale=alt.Scale(domain=[0, 100]))
    base = alt.Chart().encode(y=y, opacity=charts.opacity(), tooltip=tips)
    ends = base.mark_rule(style="range").encode(x=alt.X("score_low:Q"), x2=alt.X2("score_high:Q"))
    bars = base.mark_bar(style="leaf", height={"band": 0.6}).encode(x=x)
    drawn = rows.drop(columns=["wave", "taxonomy", "class_id", *each("taxonomy_label")])
    height = charts.height_of(rows, y, 26)
    return charts.Layered([bars, ends], data=drawn, height=height, width="container")


def named(rows: pd.DataFrame, t: Language) -> str:
    """Return what a taxonomy is called."""
    return str(rows[f"taxonomy_label{t.suffix}"].iloc[0])


def weakest(rows: pd.DataFrame, t: Language) -> str:
    """Say which class of all taxonomies is rated lowest."""
    sure = rows[rows.is_reliable]
    if sure.empty:
        return t("Classes of factors: too few answers to judge")
    low = sure.iloc[int(sure.class_score.round(6).argmin())]  # the first of equals
    return t(
        "Of the classes of factors {name} is rated lowest, {score} ({taxonomy})",
        name=low[t.label],
        score=number(low.class_score),
        taxonomy=low[f"taxonomy_label{t.suffix}"],
    )


def classes(marts: Marts) -> Iterable[Part]:
    """Draw the classes of every taxonomy in the newest wave; which one is picked by the reader."""
    rows = marts.frame(CLASSES)
    if rows.empty:
        return
    found = [one for _, one in rows.groupby("taxonomy", sort=False)]
    table = rows.drop(columns=["taxonomy", "class_id"])
    yield Figure(
        key="classes",
        title=partial(weakest, rows),
        note=say(
            "Wave of {wave}: the index over the factors of each class alone, with its interval. "
            "Contributions sum to the index where every factor has a class.",
            wave=rows.wave.iloc[0],
        ),
        panels=[Panel(partial(draw_classes, one), partial(named, one)) for one in found],
        table=table.rename(columns=each_as(taxonomy_label="taxonomy", label="class_id"))[
            [*each("taxonomy"), *each("class_id"), *FIGURES]
        ],
        is_picked=True,
    )
