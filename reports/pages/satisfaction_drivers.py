"""Drivers of the overall verdict: the leading method with intervals, and what the others say."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, both, is_missing, percent
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

DRIVERS = """select wave, method, f.label_zh, f.label_en, sort_order,
    d.n_respondents, estimate, estimate_low, estimate_high, share, chance_estimate,
    is_beyond_chance, driver_rank, adjusted_r_squared, r_squared_low, r_squared_high, vif,
    is_reliable
from fct_drivers as d join waves using (survey_id) join dim_factors as f using (factor_id)
where segment_type = 'total' and estimate is not null
qualify wave_number = max(wave_number) over (partition by method)
order by method, driver_rank, sort_order"""
CONTRADICTIONS = """select wave from fct_drivers join waves using (survey_id)
where segment_type = 'total' and status = 'contradictory_gaps'
group by all order by wave"""
#: the first that a case has leads the page: the one that weights and priorities rest on
METHODS = {
    "relative_weight": ("相对权重", "Relative weight"),
    "shapley": ("Shapley", "Shapley"),
    "regression": ("回归", "Regression"),
    "correlation": ("相关", "Correlation"),
    "stated_importance": ("自述", "Stated"),
}


def driver_words(lead: pd.DataFrame, method: str, t: Language) -> str:
    """Say which factor matters most, and whether that is sure."""
    sure = lead[lead.is_reliable]
    if sure.empty:
        return t("驱动因素：回答太少，不足以判断", "Drivers: too few answers to judge")
    first = sure.iloc[0]
    name = first[t.label]
    if method == "stated_importance":
        said = t(f"客户自述最看重{name}", f"Customers say that {name} matters most")
    elif len(lead) == 1:
        return t(f"只问了一个因素：{name}", f"One factor was asked about: {name}")
    elif method in ("relative_weight", "shapley"):
        said = t(
            f"{name}与总体评价关系最大：占全部因素所解释部分的 {percent(first.share)}"
            f"（调整后 R² {percent(first.adjusted_r_squared)}）",
            f"{name} explains more of the overall verdict than any other factor: "
            f"{percent(first.share)} of what all explain (adjusted R² "
            f"{percent(first.adjusted_r_squared)})",
        )
    else:
        said = t(f"{name}与总体评价关系最大", f"{name} goes with the overall verdict most")
    if len(sure) < 2:
        return said
    clear = first.estimate_low > sure.iloc[1].estimate_high
    return said + (
        t("，领先超出随机波动", "; its lead is beyond chance")
        if clear
        else t("，但区间与第二位重叠", "; its interval overlaps that of the second")
    )


def fit_words(lead: pd.DataFrame, method: str, t: Language) -> str:
    """Say how sure R² is, and which shares are no more than a random variable would get."""
    if method not in ("relative_weight", "shapley"):
        return ""
    first = lead.iloc[0]
    low, high = percent(first.r_squared_low), percent(first.r_squared_high)
    said = t(f"R² 的置信区间 {low}–{high}。", f"Interval of R²: {low} to {high}. ")
    # null where nothing was drawn
    chance = lead[~lead.is_beyond_chance.fillna(True).astype(bool)]
    if chance.empty:
        return said
    names = t("、", ", ").join(chance[t.label])
    return said + t(
        f"不超过随机变量的份额：{names}。", f"No more than a random variable would get: {names}. "
    )


def agreement(rows: pd.DataFrame, methods: list[str], t: Language) -> str:
    """Say whether the methods agree on the factor that matters most."""
    firsts = rows[(rows.driver_rank == 1) & rows.is_reliable]
    if firsts.empty:
        return t("各方法的回答都太少", "Every method has too few answers to judge")
    votes = firsts.groupby(t.label, sort=False).method.nunique().sort_values(ascending=False)
    n = firsts.method.nunique()
    if len(votes) == 1:
        return t(
            f"{n} 种方法都把{votes.index[0]}排在第一", f"All {n} methods put {votes.index[0]} first"
        )
    said = [t(f"{name} {k} 种", f"{name} by {k}") for name, k in votes.items()]
    return t("各方法的第一位不同：", "The methods differ on the first place: ") + t(
        "、", ", "
    ).join(said)


def drivers(marts: Marts) -> list[Part]:
    """Draw the leading method with its intervals, and the places by all methods."""
    rows = marts.frame(DRIVERS)
    methods = [m for m in METHODS if m in set(rows.method)]
    if not methods:
        return [
            Missing(
                both("没有驱动因素", "No drivers"),
                both(
                    "已有总体评价（overall），但受访者少于因素所需，或答案毫无差别：请增加受访者，或减少因素。",
                    "Verdicts (role overall) are there, but from too few respondents for so many factors, or all "
                    "answer alike: ask more customers, or about fewer factors.",
                )
                if "overall" in marts.asked
                else both(
                    "请在 questions 中加入角色为 overall（总体评价）或 importance（重要性）的题目。",
                    "Add questions in the role overall (the verdict) or importance.",
                ),
            )
        ]
    method = methods[0]
    lead = rows[rows.method == method]
    order = {t: list(lead[f"label_{t}"]) for t in ("zh", "en")}
    wave = lead.wave.iloc[0]
    contradictions = list(marts.frame(CONTRADICTIONS).wave)
    strained = not is_missing(lead.vif.max()) and lead.vif.max() > 5
    shown = ["label_zh", "label_en", "estimate", "estimate_low", "estimate_high", "share"]
    shown += ["chance_estimate", "n_respondents", "is_reliable"]

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            lead[shown],
            alt.Y(f"{t.label}:N", title=None, sort=order[t.code]),
            "estimate",
            "estimate_low",
            "estimate_high",
            t(*METHODS[method]),
            charts.tooltip(
                (t.label, t("因素", "Factor"), ""),
                ("estimate", t("估计值", "Estimate"), ".3f"),
                ("estimate_low", t("下限", "Lower bound"), ".3f"),
                ("estimate_high", t("上限", "Upper bound"), ".3f"),
                ("share", t("占全部因素的份额", "Share of all factors"), ".1%"),
                ("chance_estimate", t("随机变量最多可得", "A random variable would get"), ".3f"),
                ("n_respondents", t("受访者", "Respondents"), ",d"),
            ),
        )

    def note(t: Language) -> str:
        how = {
            "relative_weight": ("Johnson 相对权重：各因素解释的总体评价方差（R² 的组成部分）", "Johnson’s relative weights: the part of R² of the overall verdict that each factor explains"),
            "shapley": ("Shapley 分解：R² 的组成部分", "Shapley shares: parts of R²"),
            "regression": ("标准化回归系数", "standardised regression coefficients"),
            "correlation": ("与总体评价的相关系数", "correlations with the overall verdict"),
            "stated_importance": ("自述重要性的均值（0–1）；没有总体评价，无法推导", "mean stated importance, 0–1; without an overall verdict nothing can be derived"),
        }[method]  # fmt: skip
        return t(
            f"{wave} 期，{how[0]}，附置信区间；相关不等于因果。",
            f"Wave of {wave}: {how[1]}, with intervals. What goes with the verdict need not cause it. ",
        ) + fit_words(lead, method, t) + (
            t(f"{'、'.join(contradictions)} 期的回答来自不同的人、彼此矛盾，只有相关系数。",
              f"Wave of {', '.join(contradictions)}: pairs of answers come from different customers and contradict each other; correlations only. ")
            if contradictions else ""
        ) + (t("因素高度共线（VIF > 5）：勿读回归系数。", "Factors overlap strongly (VIF > 5): leave regression aside.") if strained else "")  # fmt: skip

    found: list[Part] = [
        Figure(
            key="drivers",
            title=lambda t: driver_words(lead, method, t),
            note=note,
            panels=[Panel(draw)],
            table=lead.rename(columns={"label_zh": "factor_id_zh", "label_en": "factor_id_en"})[
                [
                    "factor_id_zh",
                    "factor_id_en",
                    "estimate",
                    "estimate_low",
                    "estimate_high",
                    "share",
                    "chance_estimate",
                    "vif",
                ]
            ],
        )
    ]
    is_comparable = len(methods) > 1 and len(lead) > 1
    return found + ([driver_methods(rows, methods, order)] if is_comparable else [])


def driver_methods(rows: pd.DataFrame, methods: list[str], order: dict[str, list[str]]) -> Figure:
    """Draw the place of every factor by every method."""
    cells = rows.assign(
        method_zh=[METHODS[m][0] for m in rows.method], method_en=[METHODS[m][1] for m in rows.method]
    )[
        ["label_zh", "label_en", "method_zh", "method_en", "driver_rank", "estimate",
         "estimate_low", "estimate_high", "is_reliable"]
    ]  # fmt: skip

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells,
            alt.X(
                f"method_{t.code}:N",
                title=None,
                sort=[METHODS[m][0 if t.code == "zh" else 1] for m in methods],
                axis=alt.Axis(labelAngle=-40),
            ),
            alt.Y(f"{t.label}:N", title=None, sort=order[t.code]),
            alt.Color(
                "driver_rank:Q",
                title=None,
                legend=None,
                scale=alt.Scale(range="ramp", reverse=True),
            ),
            alt.Text("driver_rank:Q"),
            charts.tooltip(
                (t.label, t("因素", "Factor"), ""),
                (f"method_{t.code}", t("方法", "Method"), ""),
                ("driver_rank", t("名次", "Place"), "d"),
                ("estimate", t("估计值", "Estimate"), ".3f"),
                ("estimate_low", t("下限", "Lower bound"), ".3f"),
                ("estimate_high", t("上限", "Upper bound"), ".3f"),
            ),
        )

    return Figure(
        key="driver-methods",
        title=lambda t: agreement(rows, methods, t),
        note=both(
            "每种方法给出的名次，1 为最重要；数据表有估计值与区间。“自述”是客户所说，其余由答案推出。",
            "The place of each factor by each method, 1 matters most; the table has estimates and "
            "intervals. “Stated” is what customers say, the others follow from their answers.",
        ),
        panels=[Panel(draw)],
        table=cells.rename(columns={"label_zh": "factor_id_zh", "label_en": "factor_id_en"}).drop(
            columns="is_reliable"
        ),
    )
