"""Satisfaction: how answers spread; in further modules why, and segment by segment."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, each, each_as, percent, say, summary
from reports.marts import Marts
from reports.pages import (
    satisfaction_actions,
    satisfaction_classes,
    satisfaction_comments,
    satisfaction_coverage,
    satisfaction_crossings,
    satisfaction_drivers,
    satisfaction_gaps,
    satisfaction_kano,
    satisfaction_path,
    satisfaction_segments,
    verdicts,
)
from reports.parts import Figure, Missing, Page, Panel, Part

LEVELS = """with factors as (
    select columns(* exclude (segment_type)) from fct_segment_factor_satisfaction
    where segment_type = 'total' and n_valid > 0
), weighted as (
    unpivot (select survey_id, factor_id, columns('weighted_level_.*') from factors)
    on columns('weighted_level_.*') into name level value weighted_answers
), counts as (
    unpivot (select survey_id, factor_id, is_reliable, columns('n_level_.*') from factors)
    on columns('n_level_.*') into name level value answers
)
select factor_id, label_zh, label_en, scale_id, replace(c.level, 'n_level_', '')::int as level,
    answers, weighted_answers / sum(weighted_answers) over (partition by factor_id) as share,
    is_reliable
from counts as c join dim_factors using (factor_id)
join weighted as w using (survey_id, factor_id)
where survey_id = ? and replace(w.level, 'weighted', 'n') = c.level order by sort_order, level"""
#: the shipped scale; the labels of other scales are not among the marts
WORDS = {
    "satisfaction5": [
        say("Very dissatisfied"),
        say("Dissatisfied"),
        say("Basically satisfied"),
        say("Satisfied"),
        say("Very satisfied"),
    ]
}


def spread(levels: pd.DataFrame) -> pd.DataFrame:
    """Lay the shares of each factor around the middle of its scale, the worst rated first.

    Each level runs from `left` to `right`; 0 is the middle of the scale, so that half of an odd
    scale's middle level stands on either side. `below` and `above` are the shares beyond it.
    """
    by = levels.factor_id
    n_levels = levels["level"].groupby(by).transform("max")
    middle = (n_levels + 1) / 2
    parts = {
        "below": levels["level"] < middle,
        "above": levels["level"] > middle,
        "centred": levels["level"] == middle,
    }
    sums = {
        k: levels.share.where(held, 0).groupby(by).transform("sum") for k, held in parts.items()
    }
    right = levels.share.groupby(by).cumsum() - sums["below"] - sums["centred"] / 2
    levels = levels.assign(
        n_levels=n_levels,
        below=sums["below"],
        above=sums["above"],
        left=right - levels.share,
        right=right,
        place=(levels["level"] - 1) / (n_levels - 1).clip(lower=1),
    )
    return levels.sort_values(["below", "factor_id", "level"], ascending=[False, True, True])


def counted(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of each factor as a row with a column per level."""
    keys = ["factor_id", *each("label")]
    wide = levels.pivot(index=keys, columns="level", values="answers")
    wide = wide.loc[list(dict.fromkeys(zip(*(levels[key] for key in keys), strict=True)))]
    wide.columns = [f"n_level_{level}" for level in wide.columns]
    return wide.reset_index().rename(columns=each_as(label="factor_id"))


def ends_of(n_levels: int) -> list[tuple[int, Any, int, str, str]]:
    """Return how the two ends of a bar are labelled: level, alignment, offset, place, figure."""
    return [(1, "right", -4, "left", "below"), (n_levels, "left", 4, "right", "above")]


def level_names(levels: pd.DataFrame, t: Language) -> list[str]:
    """Name the levels of a panel: in words where the scale's words are known."""
    n = int(levels.n_levels.iloc[0])
    scales = set(levels.scale_id)
    if len(scales) == 1 and (known := WORDS.get(scales.pop())) and len(known) == n:
        return [name(t) for name in known]
    return [t("1 worst"), *map(str, range(2, n)), t("{n} best", n=n)]


def levels_of(marts: Marts, survey_id: str | None) -> Part:
    """Draw how the answers to each factor spread over the levels of its scale."""
    levels = marts.frame(LEVELS, survey_id)
    if levels.empty:
        return Missing(
            "fct_segment_factor_satisfaction",
            say("No ratings of factors"),
            say("No question asks how a factor performs: give questions the role performance.")
            if marts.asks_no_factor
            else say("Add survey_answers or survey_wide, with questions in the role performance."),
        )
    levels = spread(levels)
    sure = levels[levels.is_reliable].drop_duplicates("factor_id")

    def title(t: Language) -> str:
        if sure.empty:
            return t("Every factor has too few answers to judge")
        low = sure.sort_values("below", ascending=False).iloc[0]
        high = sure.sort_values("above", ascending=False).iloc[0]
        if levels.factor_id.nunique() == 1:
            return t(
                "{factor}: {below} below the middle level, {above} above it",
                factor=low[t.label],
                below=percent(low.below),
                above=percent(low.above),
            )
        return t(
            "{worst} is rated worst: {below} below the middle level; {best} best: {above} above it",
            worst=low[t.label],
            below=percent(low.below),
            best=high[t.label],
            above=percent(high.above),
        )

    reach = 0.14 + max(-levels.left.min(), levels.right.max())

    def panel(rows: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            names = level_names(rows, t)
            places = sorted(set(rows.place))
            base = alt.Chart().encode(
                y=alt.Y(f"{t.label}:N", title=None, sort=list(dict.fromkeys(rows[t.label])))
            )
            bars = base.mark_bar(height={"band": 0.75}).encode(
                x=alt.X(
                    "left:Q",
                    title=t("← below the middle · above →"),
                    scale=alt.Scale(domain=[-reach, reach]),
                    axis=alt.Axis(labels=False, ticks=False, domain=False, values=[0], grid=True),
                ),
                x2=alt.X2("right:Q"),
                color=alt.Color(
                    "place:Q",
                    title=None,
                    scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range="ordinal"),
                    legend=alt.Legend(
                        type="symbol",
                        symbolType="square",
                        values=places,
                        columns=2 if max(map(len, names)) > 8 else 3,
                        labelExpr=f"{names}[round(datum.value * {len(names) - 1})]",
                    ),
                ),
                opacity=charts.opacity(),
                tooltip=charts.tooltip(
                    (t.label, t("Factor"), ""),
                    ("level", t("Level"), ".0f"),
                    ("answers", t("Answers"), ",d"),
                    ("share", t("Share"), ".1%"),
                ),
            )
            ends = [
                base.transform_filter(f"datum.level == {level}")
                .mark_text(style="label", align=align, dx=dx, fontSize=11)
                .encode(x=alt.X(f"{x}:Q"), text=alt.Text(f"{share}:Q", format=".0%"))
                for level, align, dx, x, share in ends_of(len(names))
            ]
            return charts.Layered(
                [bars, *ends],
                data=rows.drop(columns=["factor_id", "scale_id", "n_levels"]),
                height=24 * rows.label_en.nunique(),
                width="container",
            )

        n = int(rows.n_levels.iloc[0])
        return Panel(draw, say("Scale of {n} levels", n=n))

    panels = [panel(rows) for _, rows in levels.groupby("n_levels", sort=True)]
    if len(panels) == 1:
        panels = [Panel(panels[0].draw)]
    return Figure(
        key="levels",
        title=title,
        note=say(
            "Share of the answers at each level, around the middle of the scale; the "
            "figures are the shares below and above the middle level."
        ),
        panels=panels,
        table=counted(levels),
        is_wide=len(panels) > 1,
    )


def page(marts: Marts) -> Page:
    """Return the page."""
    first = levels_of(marts, marts.newest_wave)
    parts: list[Part] = [first]
    if marts.asks_no_factor:
        asked = [satisfaction_kano.kano(marts), satisfaction_gaps.delivered_value(marts)]
        drawn = [part for part in asked if isinstance(part, Figure)]
        parts = [*verdicts.parts(marts), *drawn, first]
    elif isinstance(first, Figure):
        parts += [
            satisfaction_gaps.gaps(marts),
            *satisfaction_classes.classes(marts),
            *satisfaction_drivers.drivers(marts),
            satisfaction_kano.kano(marts),
            satisfaction_gaps.delivered_value(marts),
            satisfaction_path.path_model(marts),
            *satisfaction_segments.segments(marts),
            *satisfaction_crossings.crossings(marts),
        ]
        bias = satisfaction_coverage.bias_of(marts)
        is_warned = bias is not None and bool(bias.is_bias_warning)
        if covered := satisfaction_coverage.coverage(marts, bias):
            parts.insert(0 if is_warned else len(parts), covered)
        if measures := satisfaction_actions.actions(marts):
            parts.append(measures)
    if written := satisfaction_comments.comments(marts, marts.newest_wave):
        parts.append(written)
    found = [part.title for part in parts if isinstance(part, Figure)]
    return Page(
        key="satisfaction",
        title=say("Satisfaction"),
        summary=summary(found[:2]),
        parts=parts,
    )
