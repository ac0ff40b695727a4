"""Satisfaction beside loyalty: what satisfied and dissatisfied customers say and do, and the five relations."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.labels import RELATIONS, labelled
from reports.language import Language, both, is_missing, percent
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

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
where segment_type = 'total' and survey_id = ? and outcome = 'repurchase_high' and is_reliable"""
LEVELS = {
    "1": ("1 很不满意", "1 Very dissatisfied"),
    "2": ("2 不满意", "2 Dissatisfied"),
    "3": ("3 基本满意", "3 Basically satisfied"),
    "4": ("4 满意", "4 Satisfied"),
    "5": ("5 非常满意", "5 Very satisfied"),
}
PANELS = {
    "repurchase_high": ("所说：复购意愿高", "Said: likely to buy again"),
    "revenue_held": ("所做：收入保持", "Done: revenue held"),
}


def satisfaction_and_loyalty(marts: Marts) -> Part | None:
    """Draw the share that will likely buy again, and that held its revenue, at every level of satisfaction."""
    found = marts.frame(OUTCOMES, "level", "level")
    rows = labelled(found[found.outcome.isin(PANELS)], "item_id", LEVELS)
    said = rows[rows.outcome == "repurchase_high"]
    if said.empty:
        return None
    tests = marts.frame(TESTS, said.survey_id.iloc[0]).set_index("test_id")
    sure = said[said.is_reliable.astype(bool)]

    def title(t: Language) -> str:
        if "trend" not in tests.index or is_missing(tests.verdict["trend"]):
            return t(
                "答卷太少，无法判断越满意是否越愿意再次购买",
                "Too few answers to say whether the satisfied are likelier to buy again",
            )
        verdict = tests.verdict["trend"]
        if verdict == "not_shown":
            return t(
                "未见复购意愿随满意度变化（在随机波动之内）",
                "That buying again goes with satisfaction is not shown (within chance)",
            )
        text = t(
            f"越满意越{'愿意' if verdict == 'rising' else '不愿意'}再次购买",
            f"The more satisfied are {'more' if verdict == 'rising' else 'less'} often likely to buy again",
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
                f"；满意者中仍有 {trap} 复购意愿不高",
                f"; {trap} of the satisfied are not likely to do so all the same",
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
            "各总体满意度等级中，复购意愿高（很可能再次购买）的占比；以及此后几个月收入得以保持的占比（行为，只有较早的调查期可知）。"
            "线为置信区间，样本过少者变淡。“满意”以题目量表的规定为准。",
            "At each level of overall satisfaction, the share that will likely buy again, and the share that "
            "held its revenue in the months after: behaviour, known of earlier waves only. Lines are "
            "intervals; few answers are faded. Satisfied: as the scale of the question says.",
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
        percent(part.get(name, 0.0)) for name in ("satisfied_not_loyal", "dissatisfied_captive")
    )
    wave = rows.survey_id.iloc[0]

    def title(t: Language) -> str:
        if not rows.is_reliable.all():
            return t("答卷太少，五种关系无法判断", "Too few answers to judge the five relations")
        if not set(part.index) <= set(RELATIONS):
            row = rows.sort_values("share_of_all").iloc[-1]
            return t("最多的是：", "Most are: ") + f"{row[t.label]} ({percent(row.share_of_all)})"
        return t(
            f"{trap} 满意却不忠诚（满意陷阱），{captive} 不满意却很可能再次购买（受困）",
            f"{trap} are satisfied and yet not loyal (the trap), {captive} dissatisfied and "
            "likely to buy again all the same (captive)",
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
            t("占全部受访者", "share of all"),
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
            f"{wave} 的受访者按满意与忠诚分为五种关系，线为置信区间。满意：以题目量表的规定为准；忠诚：忠诚类别属忠诚，即满意、很可能再次购买且不排斥推荐。",
            f"Respondents of {wave} by the five relations of satisfaction and loyalty, with intervals. "
            "Satisfied: as the scale of the question says; loyal: by their class, that is satisfied, "
            "likely to buy again and not unlikely to recommend.",
        ),
        panels=[Panel(draw)],
        table=rows[["label_zh", "label_en", "n_respondents", "share_of_all"]],
    )
