"""The path model of the satisfaction page, drawn as constructs and arrows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from reports import charts, language
from reports.language import (
    Language,
    each,
    interval,
    is_missing,
    listed,
    nothing,
    number,
    say,
    together,
    verbatim,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

ESTIMATES = """select survey_id, wave, kind, from_id, to_id,
    estimate, low, high, e.n_respondents, status, is_reliable
from fct_path_estimates as e join waves using (survey_id)
where segment_type = 'total' and kind in ('path', 'total_effect', 'r_squared', 'status')
qualify wave_number = max(wave_number) over ()"""
BLOCKS = "select block_id, label_zh, label_en from dim_path_blocks order by sort_order"
WHY = {
    "too_few_respondents": say("there are no more respondents than questions"),
    "constant_item": say("everybody gave the same answer to a question"),
    "contradictory_gaps": say(
        "pairs of questions were answered by different people, and contradict each other"
    ),
    "no_solution": say("constructs or questions say the same thing twice"),
}
#: pixels: half the height of a box, height of the flattest arc, and what each further step adds
BOX, ARC, STEP = 30, 26, 32
#: half the width of a box, in steps from box to box
HALF = 0.34

Arrow = dict[str, Any]


def in_order(blocks: Sequence[str], links: Sequence[tuple[str, str]]) -> list[str]:
    """Return the constructs so that every arrow points to the right.

    >>> in_order(["loyalty", "value", "image"], [("image", "value"), ("value", "loyalty")])
    ['image', 'value', 'loyalty']
    """
    layer = dict.fromkeys(blocks, 0)
    for _ in blocks:
        for cause, effect in links:
            layer[effect] = max(layer[effect], layer[cause] + 1)
    return sorted(blocks, key=lambda block: layer[block])  # of one layer in the order of lists


def sides(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Say which arcs run above the boxes (1) and which below (−1), so that few of them cross.

    >>> sides([(0, 2), (1, 3), (0, 3)])
    [1, -1, 1]
    """
    chosen: dict[int, int] = {}

    def crossed(i: int, side: int) -> int:
        (a, b) = spans[i]
        others = [spans[k] for k, taken in chosen.items() if taken == side]
        return sum(a < c < b < d or c < a < d < b for c, d in others)

    for i in sorted(range(len(spans)), key=lambda i: (spans[i][1] - spans[i][0], spans[i])):
        load = {side: sum(taken == side for taken in chosen.values()) for side in (1, -1)}
        chosen[i] = min((1, -1), key=lambda side: (crossed(i, side), side == -1 and not load[1]))
    return [chosen[i] for i in range(len(spans))]


def ports(arcs: list[Arrow]) -> None:
    """Spread the ends of the arcs along their boxes: coming in on the left, going out on the right.

    A longer arc lies around a shorter one: it comes in, and goes out, nearer to the middle.
    """
    for end, sign in (("start", 1), ("end", -1)):
        for place in {(arc[end], arc["side"]) for arc in arcs}:
            group = [arc for arc in arcs if (arc[end], arc["side"]) == place]
            group.sort(key=lambda arc: arc["start"] - arc["end"])  # the longest first
            for k, arc in enumerate(group, start=1):
                arc[f"{end}_x"] = arc[end] + sign * HALF * k / (len(group) + 1)


def layout(paths: pd.DataFrame, order: Sequence[str]) -> list[Arrow]:
    """Place the arrows: ends, side and height of each, and where its coefficient is written."""
    arrows: list[Arrow] = [{str(k): v for k, v in row.items()} for row in paths.to_dict("records")]
    for number_, arrow in enumerate(arrows):
        start, end = order.index(arrow["from_id"]), order.index(arrow["to_id"])
        arrow |= {"arrow": number_, "start": start, "end": end, "side": 0}
        arrow |= {"start_x": start + HALF, "end_x": end - HALF}
        arrow["height"] = ARC + STEP * (end - start - 2)
        arrow["is_sure"] = bool(arrow["low"] > 0 or arrow["high"] < 0)
    arcs = [arrow for arrow in arrows if arrow["end"] - arrow["start"] > 1]
    for arc, side in zip(arcs, sides([(a["start"], a["end"]) for a in arcs]), strict=True):
        arc["side"] = side
    ports(arcs)
    for arrow in arrows:
        arrow["text_x"] = (arrow["start_x"] + arrow["end_x"]) / 2
        # a straight arrow has its figure above it, an arc on it
        arrow["text_y"] = arrow["side"] * (BOX + arrow["height"]) or 11
    return arrows


def shapes(arrows: list[Arrow]) -> pd.DataFrame:
    """Return the points of every arrow: straight to the next box, in an arc over others."""
    drawn = []
    for arrow in arrows:
        turn = np.linspace(np.pi, 0, 25 if arrow["side"] else 2)
        x = arrow["text_x"] + (arrow["end_x"] - arrow["start_x"]) / 2 * np.cos(turn)
        y = arrow["side"] * (BOX + arrow["height"] * np.sin(turn))
        drawn.append(
            pd.DataFrame({"x": x.round(3), "y": y.round(1), "point": range(len(x))}).assign(
                arrow=arrow["arrow"],
                size=abs(arrow["estimate"]),
                is_negative=arrow["estimate"] < 0,
                is_sure=arrow["is_sure"],
                is_reliable=arrow["is_reliable"],
            )
        )
    return pd.concat(drawn, ignore_index=True)


def effects(estimates: pd.DataFrame, goal: str) -> pd.DataFrame:
    """Return the total effects on a construct that are beyond chance, the greatest first."""
    found = estimates.query("kind == 'total_effect' and to_id == @goal and (low > 0 or high < 0)")
    return found.reindex(found.estimate.abs().sort_values(ascending=False).index)


def lined(label: str) -> str:
    r"""Break a label of two words or more into two lines of about one length.

    >>> lined("Perceived quality"), lined("Loyalty")
    ('Perceived\nquality', 'Loyalty')
    """
    gaps = [i for i, letter in enumerate(label) if letter == " "]
    if not gaps or len(label) < 13:
        return label
    cut = min(gaps, key=lambda i: abs(i - len(label) / 2))
    return label[:cut] + "\n" + label[cut + 1 :]


def picture(boxes: pd.DataFrame, arrows: list[Arrow], t: Language) -> charts.Chart:
    """Draw boxes in a row, arrows between neighbours and arcs over the boxes between."""
    reach = {side: [a["height"] for a in arrows if a["side"] == side] for side in (1, -1)}
    top, bottom = (BOX + max([0, *reach[side]]) + 14 for side in (1, -1))
    axis_x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(boxes) - 0.5], nice=False))
    axis_y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-bottom, top], nice=False))
    lines = alt.Chart(shapes(arrows)).encode(
        x=axis_x,
        y=axis_y,
        detail=alt.Detail("arrow:N"),
        order=alt.Order("point:Q"),
        strokeWidth=alt.StrokeWidth(
            "size:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[1, 7], clamp=True)
        ),
        opacity=charts.opacity(),
    )
    fields = charts.tooltip(
        (f"from{t.suffix}", t("Cause"), ""),
        (f"to{t.suffix}", t("Effect"), ""),
        ("estimate", t("Path coefficient"), ".2f"),
        ("low", t("Lower bound"), ".2f"),
        ("high", t("Upper bound"), ".2f"),
    )
    kinds = (
        ("line", "datum.is_sure && !datum.is_negative"),
        ("bad", "datum.is_sure && datum.is_negative"),
        ("reference", "!datum.is_sure"),
    )
    strokes = [
        lines.transform_filter(keep).mark_line(style=style, fillOpacity=0) for style, keep in kinds
    ]
    placed = pd.DataFrame(arrows)
    ends = placed[
        ["side", "text_x", "text_y", "estimate", "low", "high", "is_sure", "is_reliable"]
    ].assign(
        x=placed.end_x,
        y=placed.side * BOX,
        **{
            f"{end}{t.suffix}": placed[f"{end}_id"].map(boxes[t.label])
            for end in ("from", "to")
            for t in language.LANGUAGES
        },
    )
    base = alt.Chart(ends).encode(opacity=charts.opacity())
    heads = [
        base.transform_filter(f"datum.side == {side}")
        .mark_point(
            style="quiet-label", shape=shape, filled=True, size=150, opacity=1,
            xOffset=dx, yOffset=dy,
        )
        .encode(x=axis_x, y=axis_y)
        for side, shape, dx, dy in (
            (0, "triangle-right", -5, 0), (1, "triangle-down", 0, -4), (-1, "triangle-up", 0, 4)
        )
    ]  # fmt: skip
    at = {"x": alt.X("text_x:Q", axis=None), "y": alt.Y("text_y:Q", axis=None)}
    plates = (
        base.transform_filter("datum.side != 0")
        .mark_point(style="paper", shape="M-1,-.5H1V.5H-1Z", filled=True, size=1600, opacity=1)
        .encode(**at, opacity=alt.OpacityValue(1), tooltip=fields)
    )
    figures = base.mark_text(style="label", fontSize=12).encode(
        **at, text=alt.Text("estimate:Q", format=".2f"), tooltip=fields
    )
    # the middle of a box holds the name, its foot the share explained
    nodes = alt.Chart(
        boxes.assign(
            left=boxes.x - HALF, right=boxes.x + HALF, low=-BOX, high=BOX, foot=8 - BOX,
            middle=boxes.explained.map(lambda r: 0 if is_missing(r) else 9),
            **{f"name{t.suffix}": boxes[t.label].map(lined) for t in language.LANGUAGES},
        )[["x", "left", "right", "low", "high", "foot", "middle", *each("name"), "explained"]]
    )  # fmt: skip
    rectangles = nodes.mark_rect(style="box", cornerRadius=6).encode(
        x=alt.X("left:Q", axis=None),
        x2=alt.X2("right:Q"),
        y=alt.Y("low:Q", axis=None),
        y2=alt.Y2("high:Q"),
    )
    names = nodes.mark_text(
        style="label", lineBreak="\n", fontWeight="bold", baseline="middle", limit=96
    ).encode(x=axis_x, y=alt.Y("middle:Q", axis=None), text=alt.Text(f"name{t.suffix}:N"))
    explained = (
        nodes.transform_filter("isValid(datum.explained)")
        .transform_calculate(text="'R² ' + format(datum.explained, '.2f')")
        .mark_text(style="label", fontSize=11)
        .encode(x=axis_x, y=alt.Y("foot:Q", axis=None), text=alt.Text("text:N"))
    )
    layers = [*strokes, rectangles, *heads, plates, figures, names, explained]
    return charts.Layered(layers, height=int(top + bottom), width="container")


def absent(estimates: pd.DataFrame) -> Part:
    """Say why there is no path model."""
    title = say("No path model")
    if estimates.empty:
        return Missing(
            "fct_path_estimates",
            title,
            say(
                "No wave asks about every construct: add questions (roles recommend, "
                "repurchase, expectation …), or draw a model of your own in path_blocks, "
                "path_items and path_links."
            ),
        )
    status = str(estimates.status.iloc[0])
    return Missing(
        "fct_path_estimates",
        title,
        say(
            "The wave of {wave} gives no estimate: {why}.",
            wave=estimates.wave.iloc[0],
            why=WHY.get(status, verbatim(status)),
        ),
    )


def path_model(marts: Marts) -> Part:
    """Return the path model of the newest wave that has one."""
    estimates = marts.frame(ESTIMATES)
    paths = estimates[estimates.kind == "path"]
    if paths.empty:
        return absent(estimates)
    blocks = marts.frame(BLOCKS).set_index("block_id", drop=False)
    links = list(zip(paths.from_id, paths.to_id, strict=True))
    order = in_order(list(blocks.index), links)
    explained = estimates[estimates.kind == "r_squared"].set_index("to_id").estimate
    boxes = blocks.loc[order].assign(x=range(len(order)))
    boxes["explained"] = boxes.block_id.map(explained)
    arrows = layout(paths, order)
    goal, wave = order[-1], paths.wave.iloc[0]
    is_reliable = bool(paths.is_reliable.all())
    found = effects(estimates, goal)

    def title(t: Language) -> str:
        label = boxes[t.label]
        if not is_reliable:
            return t("Path model: too few answers to judge")
        if found.empty:
            return t("Nothing has an effect on {label} beyond chance", label=label[goal])
        said = [
            f"{label[cause]} {number(estimate, 2)}"
            for cause, estimate in zip(found.from_id[:3], found.estimate[:3], strict=True)
        ]
        return t(
            "The greatest total effects on {goal}: {effects}",
            goal=label[goal],
            effects=listed(said),
        )

    first = found.iloc[0] if len(found) else None
    note = together(
        say(
            "Wave of {wave}. On the arrows: standardised path coefficients, the thicker the "
            "stronger; dashed: the interval holds 0, within chance; orange: negative. R²: share "
            "explained by its causes. Which way arrows point is assumed; answers say only how "
            "strong they are.",
            wave=wave,
        ),
        nothing
        if first is None
        else say(
            "Interval of the first total effect: {interval}.",
            interval=interval(first.low, first.high, 2),
        ),
    )

    named = {
        f"{end}{t.suffix}": paths[end].map(boxes[t.label])
        for end in ("from_id", "to_id")
        for t in language.LANGUAGES
    }
    return Figure(
        key="path-model",
        title=title,
        note=note,
        panels=[Panel(lambda t: picture(boxes, arrows, t))],
        table=pd.DataFrame(named).join(paths[["estimate", "low", "high"]]),
        is_wide=True,
        least_width=140 * len(order),
    )
