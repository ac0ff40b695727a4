"""Whether other weights would make another index, or another order of the segments."""

from __future__ import annotations

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
    signed,
    verbatim,
    written,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

SCENARIOS = """select w.segment_type, type_label_zh as type_zh, type_label_en as type_en,
    s.label_zh, s.label_en, scenario_type, scenario_id, scenario_index, index_difference,
    scenario_rank, published_rank, places_gained, w.n_respondents, is_reliable
from fct_weight_sensitivity as w join dim_segments as s using (segment_type, segment_value)
where survey_id = ?
order by type_order, published_rank, value_order, scenario_type desc, scenario_id"""
SOURCES = {
    "ahp": say("Experts (AHP)"),
    "importance": say("Stated by customers"),
    "derived": say("Derived from the verdict"),
    "entropy": say("Entropy"),
    "equal": say("Equal"),
}


def scenario_name(scenario: str) -> Words:
    """Name a scenario: a source of weights in words, an expert by name."""
    return SOURCES.get(scenario, verbatim(scenario))


def other_weights(rows: pd.DataFrame, source: str) -> Figure | None:
    """Draw the index of all customers under each scenario."""
    total = rows[rows.segment_type == "total"].sort_values("scenario_index")
    others = total[total.scenario_id != source]
    if others.empty:
        return None
    published = float((total.scenario_index - total.index_difference).iloc[0])
    total = total.assign(
        **written("name", [scenario_name(s) for s in total.scenario_id]),
        published=published,
    )
    low, high = others.index_difference.min(), others.index_difference.max()
    shown = [*each("name"), "scenario_index", "published", "index_difference", "is_reliable"]
    if max(abs(low), abs(high)) < 0.05:
        title = say("Other weights would not move the index")
    else:
        title = say(
            "Other weights would move the index by {low} to {high} points",
            low=signed(low),
            high=signed(high),
        )
        if not total.is_reliable.all():
            title = say("{found} (too few answers)", found=title)

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            total[shown],
            alt.Y(f"name{t.suffix}:N", title=None, sort=list(total[f"name{t.suffix}"])),
            "scenario_index",
            "published",
            "scenario_index",
            t("satisfaction index"),
            charts.tooltip(
                (f"name{t.suffix}", t("Weights"), ""),
                ("scenario_index", t("Index"), ".1f"),
                ("index_difference", t("Difference from the published"), "+.1f"),
            ),
            charts.domain(total, "scenario_index"),
            reference=published,
        )

    return Figure(
        key="index-by-scenario",
        title=title,
        note=say(
            "Index of all customers in the newest wave under each source of weights "
            "and each expert alone; dashed: the published index, {published}.",
            published=number(published),
        ),
        panels=[Panel(draw)],
        table=total[["scenario_id", "scenario_index", "index_difference"]],
        is_wide=True,
    )


def ranking(rows: pd.DataFrame, source: str) -> Part | None:
    """Draw the places of the segments under each scenario, and whether their order changes."""
    ranked = rows[
        (rows.segment_type != "total") & rows.scenario_rank.notna() & (rows.scenario_id != source)
    ]
    size = ranked.groupby("segment_type").published_rank.transform("nunique")
    ranked = ranked[size > 1]
    if ranked.empty:
        return None
    orders = ranked.groupby(["segment_type", "scenario_id"]).places_gained.apply(
        lambda x: bool(x.ne(0).any())
    )
    changed, n = int(orders.sum()), len(orders)
    names = list(
        dict.fromkeys(
            ranked.sort_values(
                ["scenario_type", "scenario_id"], ascending=[False, True]
            ).scenario_id
        )
    )

    def title(t: Language) -> str:
        if not changed:
            return t("The weights do not decide the order: all {n} rankings stay", n=n)
        moved = ranked[ranked.places_gained.abs() > 0]
        who = list(dict.fromkeys(moved[t.label]))
        found = t(
            "{changed} of {n} rankings change with the weights; moved: {segments}",
            changed=changed,
            n=n,
            segments=listed(who[:4]),
        )
        return found + ("…" if len(who) > 4 else "")

    def panel(of_type: pd.DataFrame) -> Panel:
        cells = of_type.assign(
            **written("scenario", [scenario_name(s) for s in of_type.scenario_id])
        )[
            [
                *each("label"),
                *each("scenario"),
                "scenario_rank",
                "published_rank",
                "places_gained",
            ]
        ]

        def draw(t: Language) -> charts.Chart:
            return charts.heatmap(
                cells,
                alt.X(
                    f"{t.label}:N",
                    title=None,
                    sort=list(dict.fromkeys(of_type.sort_values("published_rank")[t.label])),
                    axis=alt.Axis(labelAngle=-40, labelLimit=110),
                ),
                alt.Y(
                    f"scenario{t.suffix}:N", title=None, sort=[scenario_name(s)(t) for s in names]
                ),
                alt.Color(
                    "places_gained:Q",
                    legend=None,
                    scale=alt.Scale(domain=[-1, 0, 1], range="diverging", clamp=True),
                ),
                alt.Text("scenario_rank:Q"),
                charts.tooltip(
                    (t.label, say_in("comparison", "Segment")(t), ""),
                    (f"scenario{t.suffix}", t("Weights"), ""),
                    ("scenario_rank", t("Place"), "d"),
                    ("published_rank", t("Published place"), "d"),
                ),
            )

        return Panel(draw, lambda t: str(of_type[f"type{t.suffix}"].iloc[0]))

    return Figure(
        key="ranking",
        title=title,
        note=say(
            "Place of each segment in the newest wave under each set of weights, 1 "
            "is most satisfied, in the published order from left to right; blue: it "
            "gains, orange: it loses. Segments with few answers have no place."
        ),
        panels=[panel(of_type) for _, of_type in ranked.groupby("segment_type", sort=False)],
        table=ranked.rename(columns=each_as(label="segment_value"))[
            [
                *each("segment_value"),
                "scenario_id",
                "scenario_rank",
                "published_rank",
                "places_gained",
            ]
        ],
        is_wide=True,
    )


def sensitivity(marts: Marts, source: str) -> list[Part]:
    """Return what other weights would change."""
    rows = marts.frame(SCENARIOS, marts.newest_wave)
    found = [part for part in (other_weights(rows, source), ranking(rows, source)) if part]
    if found:
        return found
    return [
        Missing(
            "fct_weight_sensitivity",
            say("No sensitivity to the weights"),
            say("Without an index there is nothing to weight otherwise.")
            if marts.asked and marts.newest_wave is None
            else say(
                "Add survey_answers or survey_wide: without an index there is nothing to "
                "weight otherwise."
            ),
        )
    ]
