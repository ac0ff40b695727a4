"""Kano: what meeting a feature adds, and what failing it costs."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, both
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

KANO = """select wave, f.label_zh, f.label_en, n_pairs, category,
    category_strength, is_significant, better, better_low, better_high, worse, worse_low,
    worse_high, is_reliable, row_number() over (order by sort_order) as number
from fct_kano join waves using (survey_id) join dim_factors as f using (factor_id)
where segment_type = 'total' and better is not null
qualify wave_number = max(wave_number) over ()
order by sort_order"""
CATEGORIES = {
    "M": ("必备型", "Must-be"),
    "O": ("期望型", "One-dimensional"),
    "A": ("魅力型", "Attractive"),
    "I": ("无差异型", "Indifferent"),
    "R": ("反向型", "Reverse"),
    "Q": ("可疑", "Questionable"),
}


def kano(marts: Marts) -> Part:
    """Draw what meeting a feature adds against what failing it costs."""
    points = marts.frame(KANO)
    if points.empty:
        return Missing(
            both("没有 Kano 分类", "No Kano categories"),
            both(
                "请在 questions 中成对加入角色为 kano_functional 与 kano_dysfunctional 的题目。",
                "Add pairs of questions in the roles kano_functional and kano_dysfunctional.",
            ),
        )
    points["category_zh"] = [CATEGORIES[c][0] for c in points.category]
    points["category_en"] = [CATEGORIES[c][1] for c in points.category]
    points["cost"] = -points.worse
    reach = [-0.06, 1.06]
    points["label_y"] = charts.apart(points, "cost", "better", reach, reach)
    sure = points[points.is_reliable & points.is_significant]
    wave = points.wave.iloc[0]

    def title(t: Language) -> str:
        if sure.empty:
            return t(
                "Kano：没有因素的类别超出随机波动", "Kano: no feature has a category beyond chance"
            )
        comma = t("、", ", ")
        kinds = [
            f"{CATEGORIES[c][0 if t.code == 'zh' else 1]}{t('：', ': ')}"
            + comma.join(sure[sure.category == c][t.label])
            for c in CATEGORIES
            if c in set(sure.category)
        ]
        return t("；", "; ").join(kinds)

    def note(t: Language) -> str:
        keys = " · ".join(f"{row['number']} {row[t.label]}" for _, row in points.iterrows())
        return (
            t(
                f"{wave} 期。横轴：做不到时的不满意系数（|Worse|）；纵轴：做到时的满意系数（Better）；虚线为 0.5。",
                f"Wave of {wave}. Across: what failing it costs (worse, without its sign); up: what "
                "meeting it adds (better); dashed: 0.5. ",
            )
            + keys
        )

    def draw(t: Language) -> charts.Chart:
        scale = alt.Scale(domain=reach, nice=False)
        ticks = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f", grid=False)
        x = alt.X("cost:Q", title=t("做不到的代价", "cost of failing"), scale=scale, axis=ticks)
        up = t("做到的增益", "gain of meeting")
        base = alt.Chart(
            points.drop(columns=["wave", "worse_low", "worse_high", "category"])
        ).encode(x=x, opacity=charts.opacity())
        cut = alt.Chart(pd.DataFrame({"half": [0.5]}))
        names = [
            CATEGORIES[c][0 if t.code == "zh" else 1]
            for c in CATEGORIES
            if c in set(points.category)
        ]
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
                f"category_{t.code}:N",
                title=None,
                scale=alt.Scale(
                    domain=names,
                    range=[colours[c] for c in CATEGORIES if c in set(points.category)],
                ),
                legend=alt.Legend(columns=3),
            ),
            tooltip=charts.tooltip(
                (t.label, t("因素", "Factor"), ""),
                (f"category_{t.code}", t("类别", "Category"), ""),
                ("category_strength", t("类别强度", "Strength of the category"), ".2f"),
                ("better", "Better", ".2f"),
                ("worse", "Worse", ".2f"),
                ("n_pairs", t("成对回答", "Pairs of answers"), ",d"),
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
        table=points.rename(columns={"label_zh": "factor_id_zh", "label_en": "factor_id_en"})[
            ["factor_id_zh", "factor_id_en", "category_zh", "category_en", "category_strength",
             "better", "better_low", "better_high", "worse", "worse_low", "worse_high", "n_pairs"]
        ],
    )  # fmt: skip
