"""Loyalty by what customers say: classes by wave, the loyal share by segment."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import CLASSES, labelled
from reports.language import Language, both, month, percent
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

# each customer's class by the answers of that wave; a modelled repeat probability, which the last
# month alone may have, would make the last wave unlike the others
BY_WAVE = """with answered as (
    select survey_id, customer_id, loyalty_class from fct_customer_loyalty
    where loyalty_class is not null and repeat_source = 'stated'
    qualify row_number() over (partition by survey_id, customer_id order by month_start) = 1
)
select survey_id, wave_number, loyalty_class, count(*) as customers,
    sum(customers) over (partition by survey_id)::bigint as n_classified,
    customers / n_classified as share, n_classified >= ? as is_reliable
from answered join dim_waves using (survey_id)
group by survey_id, wave_number, loyalty_class order by wave_number, loyalty_class"""
SEGMENTS = """select s.segment_type, g.type_label_zh as type_zh, g.type_label_en as type_en,
    g.label_zh, g.label_en, row_number() over (order by g.type_order, g.value_order) as place,
    n_classified, n_loyal, loyal_share, loyal_low, loyal_high, n_classified >= ? as is_reliable
from fct_segment_loyalty as s
join dim_segments as g using (segment_type, segment_value)
where month_start = ? and s.segment_value <> 'unknown' and n_classified > 0
order by place"""


#: what a loyalty class is made of, by the role of the question
INDICATORS = {
    "overall": ("总体满意度", "overall satisfaction"),
    "repurchase": ("复购概率", "the probability of buying again"),
    "recommend": ("推荐意愿", "recommendation"),
}


def unasked(marts: Marts) -> Missing:
    """Say what a loyalty class needs that nobody was asked."""
    lacking = [role for role in INDICATORS if role not in marts.asked] or list(INDICATORS)

    def fix(t: Language) -> str:
        names = t("、", ", ").join(
            f"{t(*INDICATORS[role])}{t('（', ' (')}{role}{t('）', ')')}" for role in lacking
        )
        return t(
            f"问卷还需要这些题目：{names}。在方法表 questions 中标明其 role。",
            f"A survey must also ask for {names}: name the role of the questions in the method table questions.",
        )

    return Missing(both("没有忠诚类别", "No loyalty class"), fix)


def classes_by_wave(marts: Marts) -> Part | None:
    """Draw the share of each class among those who answered, wave by wave."""
    classes = marts.frame(BY_WAVE, marts.least_reliable)
    if classes.empty:
        return None
    classes = labelled(classes, "loyalty_class", CLASSES)
    waves = list(dict.fromkeys(classes.survey_id))
    last = classes[classes.survey_id == waves[-1]]
    before = classes[classes.survey_id == waves[-2]] if len(waves) > 1 else None

    def share(wave: pd.DataFrame, name: str) -> str:
        return percent(wave.share[wave.loyalty_class == name].sum())

    def title(t: Language) -> str:
        if not last.is_reliable.all():
            return t(f"{waves[-1]} 答卷太少，无法判断", f"{waves[-1]} has too few answers to judge")
        if not set(last.loyalty_class) <= set(CLASSES):
            top = last.sort_values("share").iloc[-1]
            return t(
                f"{waves[-1]} 最大的一类：{top.label_zh}，{percent(top.share)}",
                f"The largest class of {waves[-1]}: {top.label_en}, {percent(top.share)}",
            )
        found = t(
            f"{waves[-1]}：{share(last, 'vulnerable')} 易流失，{share(last, 'at_risk')} 高风险",
            f"{waves[-1]}: {share(last, 'vulnerable')} Vulnerable, {share(last, 'at_risk')} At risk",
        )
        if before is None or not before.is_reliable.all():
            return found
        return found + t(
            f"；上期为 {share(before, 'vulnerable')} 和 {share(before, 'at_risk')}",
            f"; the wave before {share(before, 'vulnerable')} and {share(before, 'at_risk')}",
        )

    def draw(t: Language) -> charts.Chart:
        order = list(dict.fromkeys(classes.sort_values(["sort_order", t.label])[t.label]))
        # four classes leave out the middle colour of five
        scale = order if len(order) != 4 else [*order[:2], "", *order[2:]]
        return charts.stacked(
            classes,
            alt.X(
                "survey_id:O",
                sort=waves,
                title=t("调查期", "wave"),
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            "customers",
            alt.Color(
                f"{t.label}:O",
                title=None,
                sort=order,
                scale=alt.Scale(domain=scale, range="ordinal"),
                legend=alt.Legend(columns=2, values=order),
            ),
            "sort_order",
            t("受访者占比", "share of respondents"),
            charts.tooltip(
                ("survey_id", t("调查", "Survey"), ""),
                (t.label, t("类别", "Class"), ""),
                ("customers", t("受访者", "Respondents"), ",d"),
                ("share", t("占比", "Share"), ".1%"),
            ),
            height=260,
        )

    return Figure(
        key="classes-by-wave",
        title=title,
        note=both(
            "按当期答卷的总体满意度、复购概率和推荐意愿分类；缺少所需指标的客户不计。忠诚客户是“忠诚”类，以及“偏好”类中复购意愿高者。",
            "Classes by what was answered in that wave on overall satisfaction, buying again and "
            "recommending; customers who left a needed indicator blank are not counted. Loyal customers are those of the class "
            "Loyal, and of the class Favourable those likely to buy again.",
        ),
        panels=[Panel(draw)],
        table=classes[["survey_id", "label_zh", "label_en", "customers", "share"]].rename(
            columns={"customers": "n_respondents"}
        ),
    )


def loyal_by_segment(marts: Marts) -> Part | None:
    """Draw the loyal share of every segment with its interval, against that of all customers."""
    newest = marts.newest_month
    rows = marts.frame(SEGMENTS, marts.least_reliable, newest)
    if rows.empty:
        return None
    total = rows[rows.segment_type == "total"].iloc[0]
    cells = rows[rows.segment_type != "total"]
    if cells.empty:
        return None
    sure = cells[cells.is_reliable.astype(bool)]
    low = sure[sure.loyal_high < total.loyal_share].sort_values(["loyal_share", "place"])
    high = sure[sure.loyal_low > total.loyal_share].sort_values(
        ["loyal_share", "place"], ascending=[False, True]
    )

    def named(row: pd.Series, t: Language) -> str:
        return f"{row[f'type_{t.code}']} · {row[t.label]}{t('，', ', ')}{percent(row.loyal_share)}"

    def title(t: Language) -> str:
        if sure.empty:
            return t("各分群答卷都太少", "Every segment has too few answers to judge")
        if low.empty and high.empty:
            return t(
                "各分群的忠诚客户占比与总体之差都在随机波动之内",
                "No segment's loyal share differs from the total beyond chance",
            )
        found = [t("最低：", "lowest in ") + named(row, t) for _, row in low.head(1).iterrows()]
        found += [t("最高：", "highest in ") + named(row, t) for _, row in high.head(1).iterrows()]
        return t(
            f"忠诚客户占比{'；'.join(found)}（总体 {percent(total.loyal_share)}）",
            f"The loyal share is {'; '.join(found)} (all: {percent(total.loyal_share)})",
        )

    def panel(drawn: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            return charts.dots(
                drawn.drop(columns=["segment_type", "type_zh", "type_en", "n_loyal"]),
                alt.Y(
                    f"{t.label}:N",
                    sort=alt.SortField("place"),
                    title=None,
                    axis=alt.Axis(labelLimit=160),
                ),
                "loyal_share",
                "loyal_low",
                "loyal_high",
                t("忠诚客户占比", "loyal share"),
                charts.tooltip(
                    (t.label, t("分群", "Segment"), ""),
                    ("loyal_share", t("忠诚客户占比", "Loyal share"), ".1%"),
                    ("loyal_low", t("下限", "Lower bound"), ".1%"),
                    ("loyal_high", t("上限", "Upper bound"), ".1%"),
                    ("n_classified", t("有类别的客户", "Customers with a class"), ",d"),
                ),
                scale=[0, 1],
                form="%",
                reference=float(total.loyal_share),
            )

        return Panel(draw, both(drawn.type_zh.iloc[0], drawn.type_en.iloc[0]))

    return Figure(
        key="loyal-by-segment",
        title=title,
        note=both(
            f"{month(newest)} 各分群中类别属忠诚（满意、很可能再次购买且不排斥推荐）的客户占比及置信区间；"
            "虚线为全部客户，样本过少者变淡。",
            "Share of customers whose class counts as loyal (satisfied, likely to buy again, not unlikely to recommend) in "
            f"{month(newest)}, with intervals; dashed: all customers; few answers are faded.",
        ),
        panels=[panel(drawn) for _, drawn in cells.groupby("segment_type", sort=False)],
        table=rows[
            ["type_zh", "type_en", "label_zh", "label_en", "loyal_share", "loyal_low", "loyal_high"]
            + ["n_classified"]
        ].rename(columns={"type_zh": "segment_type_zh", "type_en": "segment_type_en"}),
        is_wide=True,
    )
