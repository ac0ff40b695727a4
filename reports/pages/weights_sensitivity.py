"""Whether other weights would make another index, or another order of the segments."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, both, number, signed
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

SCENARIOS = """select w.segment_type, type_label_zh as type_zh, type_label_en as type_en,
    s.label_zh, s.label_en, scenario_type, scenario_id, scenario_index, index_difference,
    scenario_rank, published_rank, places_gained, w.n_respondents, is_reliable
from fct_weight_sensitivity as w join dim_segments as s using (segment_type, segment_value)
where survey_id = ? order by type_order, published_rank, value_order, scenario_type desc, scenario_id"""
SOURCES = {
    "ahp": ("专家判断（AHP）", "Experts (AHP)"),
    "importance": ("客户自述", "Stated by customers"),
    "derived": ("由总体评价推导", "Derived from the verdict"),
    "entropy": ("熵权", "Entropy"),
    "equal": ("等权", "Equal"),
}


def scenario_name(scenario: str, t: Language) -> str:
    """Name a scenario: a source of weights in words, an expert by name."""
    return t(*SOURCES.get(scenario, (scenario, scenario)))


def other_weights(rows: pd.DataFrame, source: str) -> Figure | None:
    """Draw the index of all customers under each scenario."""
    total = rows[rows.segment_type == "total"].sort_values("scenario_index")
    others = total[total.scenario_id != source]
    if others.empty:
        return None
    published = float((total.scenario_index - total.index_difference).iloc[0])
    total = total.assign(
        name_zh=[SOURCES.get(s, (s, s))[0] for s in total.scenario_id],
        name_en=[SOURCES.get(s, (s, s))[1] for s in total.scenario_id],
        published=published,
    )
    low, high = others.index_difference.min(), others.index_difference.max()
    shown = ["name_zh", "name_en", "scenario_index", "published", "index_difference", "is_reliable"]
    few = both("", "") if total.is_reliable.all() else both("（回答太少）", " (too few answers)")

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            total[shown],
            alt.Y(f"name_{t.code}:N", title=None, sort=list(total[f"name_{t.code}"])),
            "scenario_index",
            "published",
            "scenario_index",
            t("满意度指数", "satisfaction index"),
            charts.tooltip(
                (f"name_{t.code}", t("权重", "Weights"), ""),
                ("scenario_index", t("指数", "Index"), ".1f"),
                ("index_difference", t("与公布指数之差", "Difference from the published"), "+.1f"),
            ),
            charts.domain(total, "scenario_index"),
            reference=published,
        )

    return Figure(
        key="index-by-scenario",
        title=lambda t: (
            t("换用其他权重，总指数不变", "Other weights would not move the index")
            if max(abs(low), abs(high)) < 0.05
            else t(
                f"换用其他权重，总指数变动 {signed(low)} 至 {signed(high)} 分",
                f"Other weights would move the index by {signed(low)} to {signed(high)} points",
            )
            + few(t)
        ),
        note=both(
            f"最新一期全部客户的指数：各权重来源与各专家单独的权重；虚线为公布的指数 {number(published)}。",
            "Index of all customers in the newest wave under each source of weights and each expert "
            f"alone; dashed: the published index, {number(published)}.",
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
            return t(
                f"权重不影响群体名次：{n} 个排序都不变",
                f"The weights do not decide the order: all {n} rankings stay",
            )
        moved = ranked[ranked.places_gained.abs() > 0]
        who = list(dict.fromkeys(moved[t.label]))
        return t(
            f"{n} 个排序中 {changed} 个随权重改变，涉及：" + "、".join(who[:4]),
            f"{changed} of {n} rankings change with the weights; moved: " + ", ".join(who[:4]),
        ) + ("…" if len(who) > 4 else "")

    def panel(of_type: pd.DataFrame) -> Panel:
        cells = of_type.assign(
            scenario_zh=[SOURCES.get(s, (s, s))[0] for s in of_type.scenario_id],
            scenario_en=[SOURCES.get(s, (s, s))[1] for s in of_type.scenario_id],
        )[
            [
                "label_zh",
                "label_en",
                "scenario_zh",
                "scenario_en",
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
                    f"scenario_{t.code}:N", title=None, sort=[scenario_name(s, t) for s in names]
                ),
                alt.Color(
                    "places_gained:Q",
                    legend=None,
                    scale=alt.Scale(domain=[-1, 0, 1], range="diverging", clamp=True),
                ),
                alt.Text("scenario_rank:Q"),
                charts.tooltip(
                    (t.label, t("群体", "Segment"), ""),
                    (f"scenario_{t.code}", t("权重", "Weights"), ""),
                    ("scenario_rank", t("名次", "Place"), "d"),
                    ("published_rank", t("公布名次", "Published place"), "d"),
                ),
            )

        return Panel(draw, both(str(of_type.type_zh.iloc[0]), str(of_type.type_en.iloc[0])))

    return Figure(
        key="ranking",
        title=title,
        note=both(
            "最新一期各群体在每种权重下的名次（1 为最满意），按公布名次从左到右；蓝色：名次上升，橙色：下降。样本少的群体不排名。",
            "Place of each segment in the newest wave under each set of weights, 1 is most satisfied, "
            "in the published order from left to right; blue: it gains, orange: it loses. Segments "
            "with few answers have no place.",
        ),
        panels=[panel(of_type) for _, of_type in ranked.groupby("segment_type", sort=False)],
        table=ranked.rename(
            columns={"label_zh": "segment_value_zh", "label_en": "segment_value_en"}
        )[
            [
                "segment_value_zh",
                "segment_value_en",
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
            both("没有权重敏感性", "No sensitivity to the weights"),
            both(
                "没有满意度指数，就没有可比的权重情景。",
                "Without an index there is nothing to weight otherwise.",
            )
            if marts.asked and marts.newest_wave is None
            else both(
                "请加入 survey_answers 或 survey_wide（问卷答案）：没有满意度指数，就没有可比的权重情景。",
                "Add survey_answers or survey_wide: without an index there is nothing to weight otherwise.",
            ),
        )
    ]
