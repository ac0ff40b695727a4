"""What customers got beside what they expected, and beside what it cost them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import SERVQUAL, labelled
from reports.language import Language, both, interval, number, signed
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
    "product": ("产品价值", "Product value"),
    "service": ("服务价值", "Service value"),
    "personnel": ("人员价值", "Personnel value"),
    "image": ("形象价值", "Image value"),
    "money": ("货币成本", "Money cost"),
    "time": ("时间成本", "Time cost"),
    "energy": ("精力成本", "Energy cost"),
    "psychic": ("心理成本", "Psychic cost"),
}


def gap_panel(rows: pd.DataFrame, scale: list[float] | None, axis: tuple[str, str]) -> Draw:
    """Draw gaps with their intervals beside the line of no gap."""
    columns = [
        "label_zh", "label_en", "performance_0_100", "expectation_0_100", "gap", "gap_low", "gap_high",
        "n_respondents", "is_reliable",
    ]  # fmt: skip

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[columns],
            alt.Y(f"{t.label}:N", title=None, sort=list(rows[t.label])),
            "gap",
            "gap_low",
            "gap_high",
            t(*axis),
            charts.tooltip(
                (t.label, t("项目", "Item"), ""),
                ("performance_0_100", t("实际感知", "Performance"), ".1f"),
                ("expectation_0_100", t("期望", "Expectation"), ".1f"),
                ("gap", t("差距", "Gap"), "+.1f"),
                ("gap_low", t("下限", "Lower bound"), "+.1f"),
                ("gap_high", t("上限", "Upper bound"), "+.1f"),
                ("n_respondents", t("受访者", "Respondents"), ",d"),
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
            both("没有期望差距", "No expectation gaps"),
            both(
                "请在 questions 中加入角色为 expectation 的题目及其答案。",
                "Add questions in the role expectation, and their answers.",
            ),
        )
    dimensions = labelled(rows[rows.item_type == "servqual"], "item_id", SERVQUAL)
    sure = factors[factors.is_reliable]
    short, over = sure[sure.gap_high < 0], sure[sure.gap_low > 0]

    def title(t: Language) -> str:
        if sure.empty:
            return t("期望差距：回答都太少", "Expectation gaps: too few answers to judge")
        if short.empty:
            return t(
                "没有因素显著低于期望", "No factor falls short of what was expected beyond chance"
            )
        worst = short.iloc[0]
        return t(
            f"{worst.label_zh}离期望最远，低 {number(-worst.gap)} 分；"
            f"{len(sure)} 个因素中 {len(short)} 个显著低于期望，{len(over)} 个高于期望",
            f"{worst.label_en} falls furthest short of what was expected, {number(-worst.gap)} "
            f"points; of {len(sure)} factors {len(short)} fall short beyond chance, "
            f"{len(over)} exceed",
        )

    wave = factors.wave.iloc[0]
    scale = charts.domain(rows, "gap", "gap_low", "gap_high")
    axis = ("差距（分）", "gap (points)")
    panels = [Panel(gap_panel(factors, scale, axis), both("按因素", "By factor"))]
    if len(dimensions):
        panels.append(
            Panel(
                gap_panel(dimensions, scale, axis),
                both("按 SERVQUAL 维度", "By SERVQUAL dimension"),
            )
        )
    return Figure(
        key="gaps",
        title=title,
        note=both(
            f"{wave} 期，实际感知减期望（0–100 的位置之差）及置信区间；区间含 0 表示未见差距。",
            f"Wave of {wave}: performance less expectation, both as places 0–100 on their scales, "
            "with its interval; an interval that holds 0 shows no gap.",
        ),
        panels=panels,
        table=pd.concat([factors, dimensions]).rename(
            columns={"label_zh": "item_id_zh", "label_en": "item_id_en"}
        )[
            [
                "item_id_zh",
                "item_id_en",
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
            both("没有顾客让渡价值", "No delivered value"),
            both(
                "请在 factors 中加入 value_component 为 money、time、energy 或 psychic 的因素，"
                "并在 questions 中加入角色为 cost 的题目。",
                "Add factors with the value_component money, time, energy or psychic, and "
                "questions in the role cost.",
            ),
        )
    total = whole.iloc[0]
    names = [n for n in COMPONENTS if n in set(rows.item_id)]
    components = labelled(
        rows.set_index("item_id", drop=False).loc[names].copy(), "item_id", COMPONENTS
    )
    bounds = interval(total.gap_low, total.gap_high)
    few = both("", "") if total.is_reliable else both("（回答太少）", " (too few answers)")
    return Figure(
        key="delivered-value",
        title=lambda t: (
            t(
                f"让渡价值 {signed(total.gap)}：价值 {number(total.performance_0_100)}，成本 {number(total.cost_0_100)}",
                f"Delivered value {signed(total.gap)}: benefits {number(total.performance_0_100)}, "
                f"costs {number(total.cost_0_100)}",
            )
            + few(t)
        ),
        note=lambda t: t(
            f"{total.wave} 期，各组成部分（0–100，成本记为负）及区间，相加为让渡价值；总值区间 {bounds(t)}。",
            f"Wave of {total.wave}: the components, 0–100 each, costs below nought, with intervals; "
            f"they sum to the delivered value (interval {bounds(t)}).",
        ),
        panels=[Panel(gap_panel(components, None, ("分", "points")))],
        table=components.rename(columns={"label_zh": "item_id_zh", "label_en": "item_id_en"})[
            ["item_id_zh", "item_id_en", "gap", "gap_low", "gap_high"]
        ],
    )
