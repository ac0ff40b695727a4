"""Satisfaction: how answers spread, segments over time, and, in further modules, why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, both, number, percent
from reports.marts import Marts
from reports.pages import (
    satisfaction_drivers,
    satisfaction_gaps,
    satisfaction_kano,
    satisfaction_path,
)
from reports.parts import Figure, Missing, Page, Panel, Part

LEVELS = """with levels as (
    unpivot (
        select survey_id, factor_id, n_valid, is_reliable, columns('n_level_.*')
        from fct_segment_factor_satisfaction where segment_type = 'total' and n_valid > 0
    ) on columns('n_level_.*') into name level value answers
)
select label_zh, label_en, scale_id, replace(level, 'n_level_', '')::int as level, answers,
    answers / n_valid as share, is_reliable
from levels join dim_factors using (factor_id)
where survey_id = ? order by sort_order, level"""
SEGMENTS = """select s.segment_type, type_label_zh as type_zh, type_label_en as type_en,
    segment_value, g.label_zh, g.label_en, survey_id, strftime(wave_date, '%Y-%m') as wave, wave_number,
    satisfaction_index, index_low, index_high, s.n_respondents, is_reliable
from fct_segment_satisfaction as s
join dim_segments as g using (segment_type, segment_value)
join (select survey_id, wave_date from dim_waves) using (survey_id)
where segment_value <> 'unknown' and satisfaction_index is not null
order by type_order, value_order, wave_number"""
#: the shipped scale; the labels of other scales are not among the marts
WORDS = {
    "satisfaction5": (
        ["很不满意", "不满意", "基本满意", "满意", "非常满意"],
        ["Very dissatisfied", "Dissatisfied", "Basically satisfied", "Satisfied", "Very satisfied"],
    )
}
#: more panels than this are no picture any more; the table has them all
MOST_PANELS = 12


def spread(levels: pd.DataFrame) -> pd.DataFrame:
    """Lay the shares of each factor around the middle of its scale, the worst rated first.

    Each level runs from `left` to `right`; 0 is the middle of the scale, so that half of an odd
    scale's middle level stands on either side. `below` and `above` are the shares beyond it.
    """
    by = levels.label_en
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
    return levels.sort_values(["below", "label_en", "level"], ascending=[False, True, True])


def counted(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of each factor as a row with a column per level."""
    wide = levels.pivot(index=["label_zh", "label_en"], columns="level", values="answers")
    wide = wide.loc[list(dict.fromkeys(zip(levels.label_zh, levels.label_en, strict=True)))]
    wide.columns = [f"n_level_{level}" for level in wide.columns]
    return wide.reset_index().rename(
        columns={"label_zh": "factor_id_zh", "label_en": "factor_id_en"}
    )


def ends_of(n_levels: int) -> list[tuple[int, Any, int, str, str]]:
    """Return how the two ends of a bar are labelled: level, alignment, offset, place, figure."""
    return [(1, "right", -4, "left", "below"), (n_levels, "left", 4, "right", "above")]


def level_names(levels: pd.DataFrame, t: Language) -> list[str]:
    """Name the levels of a panel: in words where the scale's words are known."""
    n = int(levels.n_levels.iloc[0])
    scales = set(levels.scale_id)
    if len(scales) == 1 and (known := WORDS.get(scales.pop())) and len(known[0]) == n:
        return known[0 if t.code == "zh" else 1]
    return [t("1 最差", "1 worst"), *map(str, range(2, n)), t(f"{n} 最好", f"{n} best")]


def levels_of(marts: Marts, survey_id: str | None) -> Part:
    """Draw how the answers to each factor spread over the levels of its scale."""
    levels = marts.frame(LEVELS, survey_id)
    if levels.empty:
        return Missing(
            both("没有因素评价", "No ratings of factors"),
            both(
                "请加入 survey_answers 或 survey_wide（问卷答案），题目角色为 performance。",
                "Add survey_answers or survey_wide, with questions in the role performance.",
            ),
        )
    levels = spread(levels)
    sure = levels[levels.is_reliable].drop_duplicates("label_en")

    def title(t: Language) -> str:
        if sure.empty:
            return t("各因素的回答都太少", "Every factor has too few answers to judge")
        low = sure.sort_values("below", ascending=False).iloc[0]
        high = sure.sort_values("above", ascending=False).iloc[0]
        return t(
            f"{low.label_zh}评价最差：{percent(low.below)} 低于中间等级；"
            f"{high.label_zh}最好：{percent(high.above)} 高于中间等级",
            f"{low.label_en} is rated worst: {percent(low.below)} below the middle level; "
            f"{high.label_en} best: {percent(high.above)} above it",
        )

    reach = 0.14 + max(-levels.left.min(), levels.right.max())

    def panel(rows: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            names = level_names(rows, t)
            places = sorted(set(rows.place))
            base = alt.Chart(
                rows.drop(columns=["scale_id", "n_levels"]),
                height=24 * rows.label_en.nunique(),
                width="container",
            ).encode(y=alt.Y(f"{t.label}:N", title=None, sort=list(dict.fromkeys(rows[t.label]))))
            bars = base.mark_bar(height={"band": 0.75}).encode(
                x=alt.X(
                    "left:Q",
                    title=t("← 中间等级以下 · 以上 →", "← below the middle · above →"),
                    scale=alt.Scale(domain=[-reach, reach]),
                    axis=alt.Axis(labels=False, ticks=False, domain=False, values=[0], grid=True),
                ),
                x2="right:Q",
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
                    (t.label, t("因素", "Factor"), ""),
                    ("level", t("等级", "Level"), ".0f"),
                    ("answers", t("回答", "Answers"), ",d"),
                    ("share", t("占比", "Share"), ".1%"),
                ),
            )
            ends = [
                base.transform_filter(f"datum.level == {level}")
                .mark_text(style="label", align=align, dx=dx, fontSize=11)
                .encode(x=f"{x}:Q", text=alt.Text(f"{share}:Q", format=".0%"))
                for level, align, dx, x, share in ends_of(len(names))
            ]
            return alt.layer(bars, *ends)

        n = int(rows.n_levels.iloc[0])
        return Panel(draw, both(f"{n} 级量表", f"Scale of {n} levels"))

    panels = [panel(rows) for _, rows in levels.groupby("n_levels", sort=True)]
    if len(panels) == 1:
        panels = [Panel(panels[0].draw)]
    return Figure(
        key="levels",
        title=title,
        note=both(
            "每个因素的回答在各等级的占比，以量表中间为轴；数字为中间等级以下与以上的占比。",
            "Share of the answers at each level, around the middle of the scale; the figures are "
            "the shares below and above the middle level.",
        ),
        panels=panels,
        table=counted(levels),
        is_wide=len(panels) > 1,
    )


def judged(rows: pd.DataFrame, t: Language) -> str:
    """Say which segment of a type stands lowest, and whether beyond chance."""
    name = rows[f"type_{t.code}"].iloc[0]
    sure = rows[rows.is_reliable].sort_values("satisfaction_index")
    if sure.empty:
        return t(
            f"{name}：各群体的回答都太少，不足以判断",
            f"{name}: every segment has too few answers to judge",
        )
    low, high = sure.iloc[0], sure.iloc[-1]
    lowest, highest = number(low.satisfaction_index), number(high.satisfaction_index)
    if len(sure) == 1:
        return t(
            f"{name}：只有{low.label_zh}的回答足够，指数 {lowest}",
            f"{name}: only {low.label_en} has enough answers, index {lowest}",
        )
    range_ = t(
        f"{name}：{low.label_zh}最低 {lowest}，{high.label_zh}最高 {highest}",
        f"{name}: {low.label_en} is lowest at {lowest}, {high.label_en} highest at {highest}",
    )
    return range_ + (
        t("，区间不重叠", "; their intervals do not touch")
        if low.index_high < high.index_low
        else t("，区间重叠，可能只是随机波动", "; their intervals overlap, it may be chance")
    )


def over_waves(
    rows: pd.DataFrame, total: pd.DataFrame, waves: list[str], scale: list[float]
) -> Panel:
    """Draw one segment by wave, beside the total."""
    last = rows.iloc[-1]

    def draw(t: Language) -> charts.Chart:
        x = alt.X(
            "wave:O",
            title=None,
            scale=alt.Scale(domain=waves),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        )
        chart = charts.over_time(
            rows[["wave", *MEASURED]],
            x,
            "satisfaction_index",
            "index_low",
            "index_high",
            None,
            tips(t, ("wave", t("调查期", "Wave"), "")),
            scale,
            height=110,
        )
        beside = alt.Chart(total[["wave", "satisfaction_index"]])
        return beside.mark_line(style="reference").encode(x=x, y="satisfaction_index:Q") + chart

    few_zh, few_en = ("", "") if last.is_reliable else ("，样本少", ", few answers")
    n = f"n = {last.n_respondents:,}"
    return Panel(draw, both(f"{last.label_zh}（{n}{few_zh}）", f"{last.label_en} ({n}{few_en})"))


MEASURED = ["satisfaction_index", "index_low", "index_high", "n_respondents", "is_reliable"]


def tips(t: Language, first: tuple[str, str, str]) -> list[alt.Tooltip]:
    """Return the tooltip of an index of a segment."""
    return charts.tooltip(
        first,
        ("satisfaction_index", t("指数", "Index"), ".1f"),
        ("index_low", t("下限", "Lower bound"), ".1f"),
        ("index_high", t("上限", "Upper bound"), ".1f"),
        ("n_respondents", t("受访者", "Respondents"), ",d"),
    )


def side_by_side(rows: pd.DataFrame, total: float, scale: list[float]) -> Panel:
    """Draw the segments of one wave, where there is no course to draw."""

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[["label_zh", "label_en", *MEASURED]],
            alt.Y(f"{t.label}:N", title=None, sort=list(rows[t.label])),
            "satisfaction_index",
            "index_low",
            "index_high",
            t("满意度指数", "satisfaction index"),
            tips(t, (t.label, t("群体", "Segment"), "")),
            scale,
            reference=total,
        )

    return Panel(draw)


def segments(marts: Marts) -> Iterable[Part]:
    """Draw the index of every segment: a figure per type, small multiples by wave."""
    rows = marts.frame(SEGMENTS)
    total, parted = rows[rows.segment_type == "total"], rows[rows.segment_type != "total"]
    if parted.empty:
        yield Missing(
            both("没有细分群体", "No segments"),
            both(
                "请加入 customers（客户属性），并用变量 segment_by 选择分群的列。",
                "Add customers, with attributes, and name those to cut by in the var segment_by.",
            ),
        )
        return
    waves = list(dict.fromkeys(total.wave))
    scale = charts.domain(rows, "index_low", "index_high")
    newest = rows.wave_number.max()
    for kind, of_type in parted.groupby("segment_type", sort=False):
        now = of_type[of_type.wave_number == newest]
        if now.empty:
            continue
        shown = now.nlargest(MOST_PANELS, "n_respondents").segment_value
        drawn = of_type[of_type.segment_value.isin(shown)]
        if len(waves) > 1:
            groups = drawn.groupby("segment_value", sort=False)
            panels = [over_waves(group, total, waves, scale) for _, group in groups]
            zh = "每个群体各期的满意度指数与置信区间（色带），虚线为全部客户；样本少的点变淡。"
            en = (
                "The index of each segment by wave with its interval (band); dashed: all "
                "customers; points of few answers are faded."
            )
        else:
            panels = [side_by_side(drawn, total.satisfaction_index.iloc[-1], scale)]
            zh = "每个群体的满意度指数与置信区间，虚线为全部客户；样本少的变淡。"
            en = (
                "The index of each segment with its interval; dashed: all customers; "
                "few answers are faded."
            )
        if len(now) > len(shown):
            zh += f"只画人数最多的 {MOST_PANELS} 个群体，其余见数据表。"
            en += f" Drawn are the {MOST_PANELS} largest segments; the table has all."
        yield Figure(
            key=f"segments-{kind}",
            title=lambda t, now=now: judged(now, t),  # type: ignore[misc]
            note=both(zh, en),
            panels=panels,
            table=of_type.rename(
                columns={"label_zh": "segment_value_zh", "label_en": "segment_value_en"}
            )[["segment_value_zh", "segment_value_en", "survey_id", *MEASURED[:4]]],
            is_wide=len(panels) > 1,
        )


def page(marts: Marts) -> Page:
    """Return the page."""
    parts = [
        levels_of(marts, marts.newest_wave),
        satisfaction_gaps.gaps(marts),
        *satisfaction_drivers.drivers(marts),
        satisfaction_kano.kano(marts),
        satisfaction_gaps.delivered_value(marts),
        satisfaction_path.path_model(marts),
        *segments(marts),
    ]
    found = [part.title for part in parts if isinstance(part, Figure)]
    return Page(
        key="satisfaction",
        title=both("满意度", "Satisfaction"),
        summary=lambda t: "".join(words(t) + t("。", ". ") for words in found[:2]),
        parts=parts,
    )
