"""Weights: how much each factor counts, who says so, and whether it matters who does."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, each, each_as, percent, say, summary, together, verbatim
from reports.marts import Marts
from reports.pages import weights_experts, weights_sensitivity
from reports.pages.weights_experts import MODELS
from reports.pages.weights_sensitivity import SOURCES
from reports.parts import Card, Figure, Missing, Page, Panel, Part

NODES = """select model, node_id, parent_id, label_zh, label_en, is_leaf, weight_source,
    weight_source_asked, weight, expert_weight_min, expert_weight_max, n_experts, sort_order
from fct_factor_weights
where model <> 'loyalty' or exists (from fct_segment_loyalty where loyalty_index is not null)
order by model, sort_order"""
FACTORS = "select count(*) from fct_factor_weights where model = 'satisfaction' and is_leaf"
LOCAL = """select model, parent_id, node_id, local_weight from fct_ahp_local_weights
order by model, parent_id, node_id"""
#: what indents a row by one step: spaces at the start of a text are not drawn
INDENT = "· "


def tree(nodes: pd.DataFrame) -> pd.DataFrame:
    """Order the nodes of one hierarchy from the top down, with their depth; the goal is left out.

    A node of several parents has none in the mart: it stands after the others, as a level of its
    own.
    """
    goal = nodes[nodes.weight >= nodes.weight.max()].iloc[0].node_id
    children = {
        str(parent): list(group.node_id) for parent, group in nodes.groupby("parent_id", sort=False)
    }
    rows: list[tuple[str, int]] = []

    def descend(node: str, depth: int) -> None:
        for child in children.get(node, []):
            rows.append((child, depth))
            descend(child, depth + 1)

    descend(goal, 0)
    placed = {goal, *(node for node, _ in rows)}
    rows += [(node, 0) for node in nodes.node_id if node not in placed]
    order = nodes.set_index("node_id", drop=False).loc[[node for node, _ in rows]]
    return order.assign(depth=[depth for _, depth in rows]).reset_index(drop=True)


def room(names: Iterable[str]) -> int:
    """Return the pixels that labels need where they begin at one line on the left."""
    return 8 + max(sum(13 if ord(x) > 0x2E80 else 7 for x in name) for name in names)


def hierarchy(nodes: pd.DataFrame, local: pd.DataFrame, model: str) -> Figure:
    """Draw the weights of one hierarchy as indented bars, with the range between experts."""
    source = str(nodes.weight_source.iloc[0])
    if source != "ahp" and (nodes.is_leaf & nodes.parent_id.isna()).any():
        # what lies below several parents cannot be shared out among them where nobody judged
        nodes = nodes[nodes.is_leaf | (nodes.sort_order == nodes.sort_order.min())]
    rows = tree(nodes)
    under = local.groupby("node_id").local_weight
    rows["local_weight"] = rows.node_id.map(under.first()).where(rows.parent_id.notna())
    for label, into in zip(each("label"), each("name"), strict=True):
        rows[into] = [INDENT * d + x for d, x in zip(rows.depth, rows[label], strict=True)]
    leaves = rows[rows.is_leaf].sort_values("weight", ascending=False)
    is_ahp = source == "ahp"
    has_range = is_ahp and int(rows.n_experts.max() or 0) > 1
    name = MODELS.get(model, verbatim(model))

    def title(t: Language) -> str:
        first, last = leaves.iloc[0], leaves.iloc[-1]
        if len(leaves) == 1:
            return t(
                "{hierarchy}: one factor only, {factor}", hierarchy=name, factor=first[t.label]
            )
        if leaves.weight.max() - leaves.weight.min() < 1e-9:
            return t(
                "{hierarchy}: {n} factors weigh the same, {weight} each",
                hierarchy=name,
                n=len(leaves),
                weight=percent(first.weight),
            )
        return t(
            "{hierarchy}: {first} weighs most, {most}; {last} least, {least}",
            hierarchy=name,
            first=first[t.label],
            most=percent(first.weight),
            last=last[t.label],
            least=percent(last.weight),
        )

    note = [
        say(
            "Weight in the goal; indented: below its parent. Source of the weights: {source}.",
            source=SOURCES[source],
        )
    ]
    if source != rows.weight_source_asked.iloc[0] and len(leaves) > 1:
        note.append(say("No expert has judged, so all weigh the same."))
    if has_range:
        note.append(say("Lines: from the least to the greatest weight by one expert alone."))
    if len(local) and local.groupby("node_id").size().max() > 1:
        note.append(say("Nodes of several parents come last, summed over them."))

    def draw(t: Language) -> charts.Chart:
        drawn = rows[
            [
                *each("name"),
                "weight",
                "local_weight",
                "expert_weight_min",
                "expert_weight_max",
                "is_leaf",
            ]
        ]
        names = list(rows[f"name{t.suffix}"])
        axis = alt.Axis(
            labelLimit=300, labelAlign="left", labelPadding=room(names), domain=False, ticks=False
        )
        y = alt.Y(f"name{t.suffix}:N", title=None, sort=names, axis=axis)
        base = alt.Chart().encode(y=y)
        x = alt.X("weight:Q", title=t("weight"), axis=alt.Axis(format="%", tickCount=4))
        fields = [
            (f"name{t.suffix}", t("Node"), ""),
            ("weight", t("Weight in the goal"), ".1%"),
            ("local_weight", t("Weight under its parent"), ".1%"),
            ("expert_weight_min", t("Least by one expert"), ".1%"),
            ("expert_weight_max", t("Greatest by one expert"), ".1%"),
        ]
        known = [field for field in fields if field[2] == "" or drawn[field[0]].notna().any()]
        bars = [
            base.transform_filter(keep)
            .mark_bar(style=style, height={"band": 0.6})
            .encode(x=x, tooltip=charts.tooltip(*known))
            for style, keep in (("group", "!datum.is_leaf"), ("leaf", "datum.is_leaf"))
            if (drawn.is_leaf == (style == "leaf")).any()
        ]
        lines = base.mark_rule(style="range").encode(
            x=alt.X("expert_weight_min:Q"), x2=alt.X2("expert_weight_max:Q")
        )
        layers = [*bars, lines] if has_range else bars
        return charts.Layered(layers, data=drawn, height=22 * len(rows), width="container")

    table = rows.rename(columns=each_as(label="node_id"))
    shown = [*each("node_id"), "weight", "local_weight"]
    return Figure(
        key=f"weights-{model}",
        title=title,
        note=together(*note),
        panels=[Panel(draw)],
        table=table[shown + (["expert_weight_min", "expert_weight_max"] if has_range else [])],
    )


def hierarchies(marts: Marts) -> list[Part]:
    """Draw every hierarchy; say where no expert was asked."""
    nodes, local = marts.frame(NODES), marts.frame(LOCAL)
    found: list[Part] = [
        hierarchy(of_model, local[local.model == model], str(model))
        for model, of_model in sorted(
            nodes.groupby("model"),
            key=lambda item: list(MODELS).index(str(item[0])) if item[0] in MODELS else 9,
        )
    ]
    rows = nodes[nodes.model == "satisfaction"]
    if rows.empty:
        return [
            Missing(
                "fct_segment_satisfaction",
                say("No weights of satisfaction"),
                say(
                    "No question asks how a factor performs (role performance): there is "
                    "nothing to weigh."
                ),
            ),
            *found,
        ]
    source, asked = (str(rows[name].iloc[0]) for name in ("weight_source", "weight_source_asked"))
    if source != "ahp" and rows.is_leaf.sum() > 1:
        found.append(
            Missing(
                "fct_segment_satisfaction",
                say("No expert judgements of satisfaction"),
                say(
                    "No expert has judged, so all factors weigh the same, as with "
                    "weight_source: equal; consistency and review of judgements do not "
                    "apply. For experts’ weights add ahp_experts and ahp_judgements."
                )
                if asked == "ahp"
                else say(
                    "Weights are “{name}” (weight_source: {source}); consistency and review of "
                    "judgements do not apply. For experts’ weights add ahp_experts and "
                    "ahp_judgements, and set weight_source: ahp.",
                    name=SOURCES[source],
                    source=source,
                ),
            )
        )
    return found


def cards(marts: Marts, source: str | None, asked: str | None) -> list[Card]:
    """Return the source in force, and how sound the experts' judgements are."""
    found = []
    if source and marts.value(FACTORS) > 1:
        none = say("Equal: no expert has judged")
        found.append(
            Card(
                name=say("Source of the satisfaction weights"),
                value="AHP" if source == "ahp" else source,
                change=SOURCES[source] if source == asked else none,
                basis=say("var weight_source: {asked}", asked=asked),
            )
        )
    return found + weights_experts.cards(marts)


def page(marts: Marts) -> Page:
    """Return the page."""
    row = marts.one(
        "select weight_source, weight_source_asked from fct_factor_weights "
        "where model = 'satisfaction'"
    )
    source, asked = (None, None) if row is None else map(str, row)
    parts = [*hierarchies(marts), *weights_experts.parts(marts)]
    if source and marts.value(FACTORS) > 1:
        parts += weights_sensitivity.sensitivity(marts, source)
    found = [part.title for part in parts if isinstance(part, Figure)]
    return Page(
        key="weights",
        title=say("Weights"),
        summary=summary(dict.fromkeys([*found[:1], *found[-1:]])),
        cards=cards(marts, source, asked),
        parts=parts,
    )
