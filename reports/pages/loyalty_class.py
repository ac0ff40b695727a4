"""Loyalty by what customers say: classes, segments, and satisfaction beside it."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, both, is_missing, month, percent
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

# each customer's class by the answers of that wave; a modelled repeat probability, which the last
# month alone may have, would make the last wave unlike the others
CLASSES = """with answered as (
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
OUTCOMES = """with newest as (
    select outcome, max_by(survey_id, wave_number) as survey_id
    from fct_satisfaction_loyalty join dim_waves using (survey_id)
    where segment_type = 'total' and item_type = ? group by outcome
)
select outcome, survey_id, item_id, n_respondents, n_loyal, share, share_low, share_high,
    share_of_all, share_of_all_low, share_of_all_high, is_reliable,
    sum(n_respondents) over (partition by outcome)::bigint as of_all
from fct_satisfaction_loyalty join newest using (outcome, survey_id)
where segment_type = 'total' and item_type = ? order by outcome, item_id"""
TESTS = """select test_id, estimate, estimate_low, estimate_high, verdict
from fct_satisfaction_loyalty_tests
where segment_type = 'total' and survey_id = ? and outcome = 'loyal_class' and is_reliable"""
#: the shipped classes, worst first; the marts hold their ids, those of other tables are shown as such
CLASS_NAMES = {
    "at_risk": ("高风险", "At risk"),
    "vulnerable": ("易流失", "Vulnerable"),
    "favourable": ("偏好", "Favourable"),
    "loyal": ("忠诚", "Loyal"),
}
RELATIONS = {
    "fully_satisfied_loyal": ("完全满意且忠诚", "Fully satisfied, loyal"),
    "satisfied_loyal": ("满意且忠诚", "Satisfied, loyal"),
    "satisfied_not_loyal": ("满意但不忠诚（陷阱）", "Satisfied, not loyal (trap)"),
    "dissatisfied_loyal": ("不满意但忠诚（受困）", "Dissatisfied, loyal (captive)"),
    "dissatisfied_not_loyal": ("不满意且不忠诚", "Dissatisfied, not loyal"),
}
LEVELS = {
    "1": ("1 很不满意", "1 Very dissatisfied"),
    "2": ("2 不满意", "2 Dissatisfied"),
    "3": ("3 基本满意", "3 Fairly satisfied"),
    "4": ("4 满意", "4 Satisfied"),
    "5": ("5 非常满意", "5 Very satisfied"),
}
PANELS = {
    "loyal_class": ("所说：属忠诚客户", "Said: counts as loyal"),
    "revenue_held": ("所做：收入保持", "Done: revenue held"),
}


def labelled(frame: pd.DataFrame, column: str, names: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """Add labels of both languages, and the order of the names; what has none is called by its id."""
    order = {name: place for place, name in enumerate(names)}
    return frame.assign(
        label_zh=[names.get(x, (x, x))[0] for x in frame[column]],
        label_en=[names.get(x, (x, x))[1] for x in frame[column]],
        sort_order=[order.get(x, len(order)) for x in frame[column]],
    )


def unasked() -> Missing:
    """Say what a loyalty class needs."""
    return Missing(
        both("没有忠诚类别", "No loyalty class"),
        both(
            "问卷需要总体满意度（overall）、重复购买概率（repurchase）和推荐意愿（recommend）的题目："
            "在方法表 questions 中标明其 role。",
            "A survey must ask for overall satisfaction, the probability of buying again and "
            "recommendation: questions of role overall, repurchase and recommend in the method "
            "table questions.",
        ),
    )


def classes_by_wave(marts: Marts) -> Part | None:
    """Draw the share of each class among those who answered, wave by wave."""
    classes = marts.frame(CLASSES, marts.least_reliable)
    if classes.empty:
        return None
    classes = labelled(classes, "loyalty_class", CLASS_NAMES)
    waves = list(dict.fromkeys(classes.survey_id))
    last = classes[classes.survey_id == waves[-1]]
    before = classes[classes.survey_id == waves[-2]] if len(waves) > 1 else None

    def share(wave: pd.DataFrame, name: str) -> str:
        return percent(wave.share[wave.loyalty_class == name].sum())

    def title(t: Language) -> str:
        if not last.is_reliable.all():
            return t(f"{waves[-1]} 答卷太少，无法判断", f"{waves[-1]} has too few answers to judge")
        if not set(last.loyalty_class) <= set(CLASS_NAMES):
            top = last.sort_values("share").iloc[-1]
            return t(
                f"{waves[-1]} 最大的一类：{top.label_zh}，{percent(top.share)}",
                f"The largest class of {waves[-1]}: {top.label_en}, {percent(top.share)}",
            )
        found = t(
            f"{waves[-1]}：{share(last, 'loyal')} 为“忠诚”，{share(last, 'at_risk')} 为“高风险”",
            f"{waves[-1]}: {share(last, 'loyal')} in class Loyal, {share(last, 'at_risk')} At risk",
        )
        if before is None or not before.is_reliable.all():
            return found
        return found + t(
            f"；上期为 {share(before, 'loyal')} 和 {share(before, 'at_risk')}",
            f"; the wave before {share(before, 'loyal')} and {share(before, 'at_risk')}",
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
            "按当期答卷的总体满意度、重复购买概率和推荐意愿分类；缺少所需指标的客户不计。",
            "Classes by what was answered in that wave on overall satisfaction, buying again and "
            "recommending; who left a needed indicator blank is not counted.",
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
            f"{month(newest)} 各分群中类别属忠诚（很可能再次购买）的客户占比及置信区间；"
            "虚线为全部客户，样本过少者变淡。",
            "Share of customers whose class counts as loyal (will most likely buy again) in "
            f"{month(newest)}, with intervals; dashed: all customers; few answers are faded.",
        ),
        panels=[panel(drawn) for _, drawn in cells.groupby("segment_type", sort=False)],
        table=rows[
            ["type_zh", "type_en", "label_zh", "label_en", "loyal_share", "loyal_low", "loyal_high"]
            + ["n_classified"]
        ].rename(columns={"type_zh": "segment_type_zh", "type_en": "segment_type_en"}),
        is_wide=True,
    )


def satisfaction_and_loyalty(marts: Marts) -> Part | None:
    """Draw the share that is loyal, and that held its revenue, at every level of satisfaction."""
    found = marts.frame(OUTCOMES, "level", "level")
    rows = labelled(found[found.outcome.isin(PANELS)], "item_id", LEVELS)
    said = rows[rows.outcome == "loyal_class"]
    if said.empty:
        return None
    tests = marts.frame(TESTS, said.survey_id.iloc[0]).set_index("test_id")
    sure = said[said.is_reliable.astype(bool)]

    def title(t: Language) -> str:
        if "trend" not in tests.index or is_missing(tests.verdict["trend"]):
            return t(
                "答卷太少，无法判断满意是否带来忠诚",
                "Too few answers to say whether loyalty rises with satisfaction",
            )
        verdict = tests.verdict["trend"]
        if verdict == "not_shown":
            return t(
                "未见忠诚随满意度变化（在随机波动之内）",
                "That loyalty changes with satisfaction is not shown (within chance)",
            )
        text = t(
            f"越满意越{'忠诚' if verdict == 'rising' else '不忠诚'}",
            f"Loyalty {'rises' if verdict == 'rising' else 'falls'} with satisfaction",
        )
        if len(sure) > 1:
            ends = [
                percent(row.share, 0) + t(f"（{row.label_zh}）", f" ({row.label_en})")
                for _, row in sure.iloc[[0, -1]].iterrows()
            ]
            text += t("：", ": ") + t(" → ", " → ").join(ends)
        if "satisfied_leaving" in tests.index:
            trap = percent(tests.estimate["satisfied_leaving"])
            text += t(
                f"；满意者中仍有 {trap} 不忠诚",
                f"; {trap} of the satisfied are not loyal all the same",
            )
        return text

    def panel(outcome: str) -> Panel:
        drawn = rows[rows.outcome == outcome]
        heading = PANELS[outcome]
        wave = drawn.survey_id.iloc[0]

        def draw(t: Language) -> charts.Chart:
            return charts.dots(
                drawn[
                    ["label_zh", "label_en", "sort_order", "n_respondents", "n_loyal", "share"]
                    + ["share_low", "share_high", "is_reliable"]
                ],
                alt.Y(
                    f"{t.label}:N",
                    sort=alt.SortField("sort_order", order="descending"),
                    title=t("总体满意度", "overall satisfaction"),
                ),
                "share",
                "share_low",
                "share_high",
                t("占比", "share"),
                charts.tooltip(
                    (t.label, t("总体满意度", "Overall satisfaction"), ""),
                    ("share", t("占比", "Share"), ".1%"),
                    ("share_low", t("下限", "Lower bound"), ".1%"),
                    ("share_high", t("上限", "Upper bound"), ".1%"),
                    ("n_respondents", t("受访者", "Respondents"), ",d"),
                ),
                scale=[0, 1],
                step=34,
                form="%",
            )

        return Panel(draw, both(f"{heading[0]} · {wave}", f"{heading[1]} · {wave}"))

    return Figure(
        key="satisfaction-and-loyalty",
        title=title,
        note=both(
            "各总体满意度等级中，类别属忠诚的占比；以及此后几个月收入得以保持的占比（行为，只有较早的调查期可知）。"
            "线为置信区间，样本过少者变淡。“满意”指四级及以上（默认）。",
            "At each level of overall satisfaction, the share whose class counts as loyal, and the share that "
            "held its revenue in the months after: behaviour, known of earlier waves only. Lines are "
            "intervals; few answers are faded. Satisfied: level 4 or more (by default).",
        ),
        panels=[panel(outcome) for outcome in PANELS if (rows.outcome == outcome).any()],
        table=rows[
            ["outcome", "survey_id", "label_zh", "label_en", "share", "share_low", "share_high"]
            + ["n_respondents"]
        ],
    )


def relations(marts: Marts) -> Part | None:
    """Draw how many are in each of the five relations of satisfaction and loyalty."""
    found = marts.frame(OUTCOMES, "relation", "relation")
    rows = labelled(found[found.outcome == "loyal_class"], "item_id", RELATIONS)
    if rows.empty:
        return None
    # the share is one of all respondents: what it rests on is their number, not that of the cell
    rows["is_reliable"] = rows.of_all >= marts.least_reliable
    part = rows.set_index("item_id").share_of_all
    trap, captive = (
        percent(part.get(name, 0.0)) for name in ("satisfied_not_loyal", "dissatisfied_loyal")
    )
    wave = rows.survey_id.iloc[0]

    def title(t: Language) -> str:
        if not rows.is_reliable.all():
            return t("答卷太少，五种关系无法判断", "Too few answers to judge the five relations")
        if not set(part.index) <= set(RELATIONS):
            row = rows.sort_values("share_of_all").iloc[-1]
            return t("最多的是：", "Most are: ") + f"{row[t.label]} ({percent(row.share_of_all)})"
        return t(
            f"{trap} 满意却不忠诚（满意陷阱），{captive} 不满意却离不开（受困）",
            f"{trap} are satisfied and yet not loyal (the trap), {captive} dissatisfied and "
            "loyal all the same (captive)",
        )

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[
                ["label_zh", "label_en", "sort_order", "n_respondents", "share_of_all"]
                + ["share_of_all_low", "share_of_all_high", "is_reliable"]
            ],
            alt.Y(f"{t.label}:N", sort=alt.SortField("sort_order"), title=None),
            "share_of_all",
            "share_of_all_low",
            "share_of_all_high",
            t("占全部受访者", "share of all respondents"),
            charts.tooltip(
                (t.label, t("关系", "Relation"), ""),
                ("share_of_all", t("占比", "Share"), ".1%"),
                ("share_of_all_low", t("下限", "Lower bound"), ".1%"),
                ("share_of_all_high", t("上限", "Upper bound"), ".1%"),
                ("n_respondents", t("受访者", "Respondents"), ",d"),
            ),
            step=34,
            form="%",
        )

    return Figure(
        key="relations",
        title=title,
        note=both(
            f"{wave} 的受访者按满意与忠诚分为五种关系，线为置信区间。满意：总体满意度三级及以上；忠诚：很可能再次购买。",
            f"Respondents of {wave} by the five relations of satisfaction and loyalty, with intervals. "
            "Satisfied: level 3 or more; loyal: will most likely buy again.",
        ),
        panels=[Panel(draw)],
        table=rows[["label_zh", "label_en", "n_respondents", "share_of_all"]],
    )
