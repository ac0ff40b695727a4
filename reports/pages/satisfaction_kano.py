"""Kano: what meeting a feature adds, and what failing it costs."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    clauses,
    each,
    each_as,
    listed,
    say,
    together,
    written,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

# Fong's test is of counts, and so of the category without weights
KANO = """select wave, f.label_zh, f.label_en, n_pairs, category,
    category_strength, is_significant and category = unweighted_category as is_significant,
    better, better_low, better_high, worse, worse_low,
    worse_high, is_reliable, row_number() over (order by sort_order) as number
from fct_kano join waves using (survey_id) join dim_factors as f using (factor_id)
where segment_type = 'total' and better is not null
qualify wave_number = max(wave_number) over ()
order by sort_order"""
CATEGORIES = {
    "M": say("Must-be"),
    "O": say("One-dimensional"),
    "A": say("Attractive"),
    "I": say("Indifferent"),
    "R": say("Reverse"),
    "Q": say("Questionable"),
}


def kano(marts: Marts) -> Part:
    """Draw what meeting a feature adds against what failing it costs."""
    points = marts.frame(KANO)
    if points.empty:
        return Missing(
            "fct_kano",
            say("No Kano categories"),
            say("Add pairs of questions in the roles kano_functional and kano_dysfunctional."),
        )
    points = points.assign(**written("category", [CATEGORIES[c] for c in points.category]))
    points["cost"] = -points.worse
    reach = [-0.06, 1.06]
    points["label_y"] = charts.apart(points, "cost", "better", reach, reach)
    sure = points[points.is_reliable & points.is_significant]
    wave = points.wave.iloc[0]

    def title(t: Language) -> str:
        if sure.empty:
            return t("Kano: no feature has a category beyond chance")
        kinds = [
            t(
                "{category}: {factors}",
                category=CATEGORIES[c],
                factors=listed(sure[sure.category == c][t.label]),
            )
            for c in CATEGORIES
            if c in set(sure.category)
        ]
        return clauses(*kinds)(t)

    def note(t: Language) -> str:
        keys = " · ".join(f"{row['number']} {row[t.label]}" for _, row in points.iterrows())
        return together(
            say(
                "Wave of {wave}. Across: what failing it costs (worse, without its sign); up: what "
                "meeting it adds (better); dashed: 0.5.",
                wave=wave,
            ),
            keys,
        )(t)

    def draw(t: Language) -> charts.Chart:
        scale = alt.Scale(domain=reach, nice=False)
        ticks = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f", grid=False)
        x = alt.X("cost:Q", title=t("cost of failing"), scale=scale, axis=ticks)
        up = t("gain of meeting")
        base = alt.Chart(
            points.drop(columns=["wave", "worse_low", "worse_high", "category"])
        ).encode(x=x, opacity=charts.opacity())
        cut = alt.Chart(pd.DataFrame({"half": [0.5]}))
        names = [CATEGORIES[c](t) for c in CATEGORIES if c in set(points.category)]
        colours = {
            "M": "#f2b27a",
            "O": "#9cc3ec",
            "A": "#b7dcbd",
            "I": "#c9d1db",
            "R": "#e3b7c6",
            "Q": "#e8dca0",
        }
        leaders = base.mark_rule().encode(
            y=alt.Y("better:Q", title=up, scale=scale, axis=ticks), y2=alt.Y2("label_y:Q")
        )
        spots = base.mark_point(style="estimate", filled=True, size=20).encode(y=alt.Y("better:Q"))
        circles = base.mark_circle(size=420).encode(
            y=alt.Y("label_y:Q"),
            color=alt.Color(
                f"category{t.suffix}:N",
                title=None,
                scale=alt.Scale(
                    domain=names,
                    range=[colours[c] for c in CATEGORIES if c in set(points.category)],
                ),
                legend=alt.Legend(columns=2),
            ),
            tooltip=charts.tooltip(
                (t.label, t("Factor"), ""),
                (f"category{t.suffix}", t("Category"), ""),
                ("category_strength", t("Strength of the category"), ".2f"),
                ("better", t("Better"), ".2f"),
                ("worse", t("Worse"), ".2f"),
                ("n_pairs", t("Pairs of answers"), ",d"),
            ),
        )
        numbers = base.mark_text(fontSize=11, fontWeight="bold", color="#1b2430").encode(
            y=alt.Y("label_y:Q"), text=alt.Text("number:Q")
        )
        lines = [
            cut.mark_rule(style="reference").encode(x=alt.X("half:Q")),
            cut.mark_rule(style="reference").encode(y=alt.Y("half:Q")),
        ]
        layers = *lines, leaders, spots, circles, numbers
        return alt.layer(*layers, height=300, width="container")

    return Figure(
        key="kano",
        title=title,
        note=note,
        panels=[Panel(draw)],
        table=points.rename(columns=each_as(label="factor_id"))[
            [*each("factor_id"), *each("category"), "category_strength",
             "better", "better_low", "better_high", "worse", "worse_low", "worse_high", "n_pairs"]
        ],
    )  # fmt: skip
