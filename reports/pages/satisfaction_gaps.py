"""What customers got beside what they expected, and beside what it cost them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import SERVQUAL, labelled
from reports.language import Language, Words, each, each_as, interval, number, say, say_in, signed
from reports.marts import Marts
from reports.parts import Draw, Figure, Missing, Panel, Part

GAPS = """select wave, item_type, item_id, performance_0_100, expectation_0_100,
    cost_0_100, gap, gap_low, gap_high, g.n_respondents, negative_share, is_reliable,
    coalesce(f.label_zh, item_id) as label_zh, coalesce(f.label_en, item_id) as label_en
from fct_gap_analysis as g join waves using (survey_id)
left join dim_factors as f on item_type = 'factor' and factor_id = item_id
where segment_type = 'total' and list_contains(?, item_type)
qualify wave_number = max(wave_number) over ()
order by gap, item_id"""
COMPONENTS = {
    "product": say("Product value"),
    "service": say("Service value"),
    "personnel": say("Personnel value"),
    "image": say("Image value"),
    "money": say("Money cost"),
    "time": say("Time cost"),
    "energy": say("Energy cost"),
    "psychic": say("Psychic cost"),
}


def gap_panel(rows: pd.DataFrame, scale: list[float] | None, axis: Words) -> Draw:
    """Draw gaps with their intervals beside the line of no gap."""
    columns = [
        *each("label"), "performance_0_100", "expectation_0_100", "gap", "gap_low", "gap_high",
        "n_respondents", "is_reliable",
    ]  # fmt: skip

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[columns],
            alt.Y(f"{t.label}:N", title=None, sort=list(rows[t.label])),
            "gap",
            "gap_low",
            "gap_high",
            axis(t),
            charts.tooltip(
                (t.label, t("Item"), ""),
                ("performance_0_100", say_in("gap", "Performance")(t), ".1f"),
                ("expectation_0_100", t("Expectation"), ".1f"),
                ("gap", t("Gap"), "+.1f"),
                ("gap_low", t("Lower bound"), "+.1f"),
                ("gap_high", t("Upper bound"), "+.1f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
            scale,
            reference=0,
        )

    return draw


def gaps(marts: Marts) -> Part:
    """Draw performance less expectation by factor and by SERVQUAL dimension."""
    rows = marts.frame(GAPS, ["factor", "servqual"])
    factors = rows[rows.item_type == "factor"]
    if factors.empty:
        return Missing(
            "fct_gap_analysis",
            say("No expectation gaps"),
            say("Add questions in the role expectation, and their answers."),
        )
    dimensions = labelled(rows[rows.item_type == "servqual"], "item_id", SERVQUAL)
    sure = factors[factors.is_reliable]
    short, over = sure[sure.gap_high < 0], sure[sure.gap_low > 0]

    def title(t: Language) -> str:
        if sure.empty:
            return t("Expectation gaps: too few answers to judge")
        if short.empty:
            return t("No factor falls short of what was expected beyond chance")
        worst = short.iloc[0]
        return t(
            "{factor} falls furthest short of what was expected, {gap} points; of {n} factors "
            "{short} fall short beyond chance, {over} exceed",
            factor=worst[t.label],
            gap=number(-worst.gap),
            n=len(sure),
            short=len(short),
            over=len(over),
        )

    wave = factors.wave.iloc[0]
    scale = charts.domain(rows, "gap", "gap_low", "gap_high")
    axis = say("gap (points)")
    panels = [Panel(gap_panel(factors, scale, axis), say("By factor"))]
    if len(dimensions):
        panels.append(
            Panel(
                gap_panel(dimensions, scale, axis),
                say("By SERVQUAL dimension"),
            )
        )
    return Figure(
        key="gaps",
        title=title,
        note=say(
            "Wave of {wave}: performance less expectation, both as places 0–100 on "
            "their scales, with its interval; an interval that holds 0 shows no gap.",
            wave=wave,
        ),
        panels=panels,
        table=pd.concat([factors, dimensions]).rename(columns=each_as(label="item_id"))[
            [
                *each("item_id"),
                "performance_0_100",
                "expectation_0_100",
                "gap",
                "gap_low",
                "gap_high",
            ]
        ],
    )


def delivered_value(marts: Marts) -> Part:
    """Draw what customers got beside what it cost them."""
    rows = marts.frame(GAPS, ["value_component", "delivered_value"])
    whole = rows[rows.item_type == "delivered_value"]
    if whole.empty:
        return Missing(
            "fct_gap_analysis",
            say("No delivered value"),
            say(
                "Add factors with the value_component money, time, energy or psychic, "
                "and questions in the role cost."
            ),
        )
    total = whole.iloc[0]
    names = [n for n in COMPONENTS if n in set(rows.item_id)]
    components = labelled(
        rows.set_index("item_id", drop=False).loc[names].copy(), "item_id", COMPONENTS
    )
    bounds = interval(total.gap_low, total.gap_high)
    found = say(
        "Delivered value {gap}: benefits {benefits}, costs {costs}",
        gap=signed(total.gap),
        benefits=number(total.performance_0_100),
        costs=number(total.cost_0_100),
    )
    return Figure(
        key="delivered-value",
        title=found if total.is_reliable else say("Delivered value: too few answers to judge"),
        note=say(
            "Wave of {wave}: the components, 0–100 each, costs below nought, with intervals; they "
            "sum to the delivered value (interval {interval}).",
            wave=total.wave,
            interval=bounds,
        ),
        panels=[Panel(gap_panel(components, None, say("points")))],
        table=components.rename(columns=each_as(label="item_id"))[
            [*each("item_id"), "gap", "gap_low", "gap_high"]
        ],
    )
