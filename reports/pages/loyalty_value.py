"""Customers by tier, and what they are worth."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import Language, Words, both, percent
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

TIERS = """select strftime(month_start, '%Y-%m') as month, tier_id, label_zh, label_en,
    min(rule_order) as rule_order, count(*) as customers,
    sum(customers) over (partition by month_start)::bigint as of_customers,
    customers / of_customers as share, of_customers >= ? as is_reliable
from fct_customer_tiers where customer_status <> 'left'
group by month_start, tier_id, label_zh, label_en
order by month, rule_order"""
# what decided the risk of how many, in the newest month and in the one before
EVIDENCE = """select coalesce(risk_metric, '') as risk_metric,
    count(*) filter (where month_start = newest) / sum(count(*) filter (where month_start = newest))
        over () as share_now,
    count(*) filter (where month_start < newest) / sum(count(*) filter (where month_start < newest))
        over () as share_before
from fct_customer_tiers
join (select max(month_start) as newest from fct_customer_tiers)
    on month_start >= newest - interval 1 month
group by risk_metric"""
# the models where they are reliable, else simple averages
METHODS = """select method, bool_or(is_value_reliable) as is_reliable,
    any_value(purchase_status) as purchase_status
from fct_customer_value where expected_value is not null group by method
order by is_reliable desc, (method = 'bg_nbd_gamma_gamma') = is_reliable desc"""
STATUS = """select any_value(purchase_status) from fct_customer_value
where method = 'average' and purchase_status <> 'left'"""
# the model of the probable values, where it cannot be estimated
FITS = """select distinct model, note_zh, note_en from fct_value_model_fits
where status <> 'estimated' order by model"""
TENTHS = """with ranked as (
    select expected_value,
        ceil(10.0 * row_number() over (order by expected_value desc, customer_id)
            / count(*) over ())::int as tenth
    from fct_customer_value where method = ? and expected_value is not null
), tenths as (
    select tenth, count(*) as customers, sum(expected_value) as value from ranked group by tenth
)
select tenth, customers, value, value / sum(value) over () as share,
    sum(value) over (order by tenth) / sum(value) over () as cumulative_share
from tenths order by tenth"""
BY_TIER = """select label_zh, label_en, min(rule_order) as rule_order, count(*) as customers,
    sum(expected_value) as value, value / sum(value) over () as share,
    customers / sum(customers) over () as share_of_customers
from fct_customer_value join fct_customer_tiers using (customer_id)
where method = ? and expected_value is not null
    and month_start = (select max(month_start) from fct_customer_tiers)
group by label_zh, label_en order by rule_order"""
METHOD_NAMES = {
    "average": ("简单平均法", "simple averages"),
    "bg_nbd_gamma_gamma": (
        "概率模型（BG/NBD 与 gamma-gamma）",
        "the BG/NBD and gamma-gamma models",
    ),
}
#: why simple averages are not reliable
STATUSES = {
    "estimated": (
        "活跃或重复购买的客户太少",
        "too few customers are active or have bought again",
    ),
    "capped": ("留存年数已封顶", "the years kept are cut by the cap"),
    "nobody_lost": ("没有流失可作依据", "nobody was lost to judge the years kept by"),
    "no_complete_month": ("没有完整的月份", "there is no complete month"),
}
#: a change in what decides the risk of more customers than this share is said
OTHER_EVIDENCE = 0.2


def evidence_note(marts: Marts) -> Words:
    """Warn where the risk of the newest month rests on other figures than that of the month before."""
    found = marts.frame(EVIDENCE).dropna()
    if found.empty or (found.share_now - found.share_before).clip(lower=0).sum() <= OTHER_EVIDENCE:
        return both("", "")
    return both(
        "注意：最新月份的风险所依据的指标与此前不同（例如风险评分只有最新值），与此前各月的差别不全是客户的变化。",
        " Mind: risk rests on other figures in the newest month than before (a risk score, say, is known of the "
        "newest month only), so that the step to it is not all the customers' doing.",
    )


def tiers(marts: Marts) -> Part | None:
    """Draw the share of each tier, month by month."""
    rows = marts.frame(TIERS, marts.least_reliable)
    if rows.empty:
        return None
    last = rows[rows.month == rows.month.max()]
    warned = evidence_note(marts)

    def title(t: Language) -> str:
        if not last.is_reliable.all():
            return t("客户太少，分级只供参考", "Too few customers to judge the tiers")
        return (
            f"{last.month.iloc[0]}"
            + t("：", ": ")
            + t("，", ", ").join(
                f"{row[t.label]} {percent(row.share)}" for _, row in last.head(2).iterrows()
            )
        )

    def draw(t: Language) -> charts.Chart:
        order = list(dict.fromkeys(rows.sort_values("rule_order")[t.label]))
        return charts.stacked(
            rows[["month", "label_zh", "label_en", "rule_order", "customers", "share"]],
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True)),
            "customers",
            alt.Color(
                f"{t.label}:N",
                title=None,
                sort=order,
                scale=alt.Scale(domain=order, range="category"),
                legend=alt.Legend(columns=2),
            ),
            "rule_order",
            t("客户占比", "share of customers"),
            charts.tooltip(
                ("month", t("月份", "Month"), ""),
                (t.label, t("分级", "Tier"), ""),
                ("customers", t("客户", "Customers"), ",d"),
                ("share", t("占比", "Share"), ".1%"),
            ),
            height=260,
        )

    return Figure(
        key="tiers-by-month",
        title=title,
        note=lambda t: (
            t(
                "客户按贡献度、忠诚度和风险分级的占比，自下而上按规则次序；已流失的客户不计。",
                "Customers by tier, made of contribution, loyalty and risk, in the order of the rules; "
                "without those who have left.",
            )
            + warned(t)
        ),
        panels=[Panel(draw)],
        table=rows[["month", "label_zh", "label_en", "customers", "share"]].rename(
            columns={"month": "month_start", "customers": "n_customers"}
        ),
    )


def value(marts: Marts) -> Part:
    """Draw how the expected value is spread over tenths of the customers, and over the tiers."""
    methods = marts.frame(METHODS)
    if methods.empty and marts.value(STATUS) == "no_repeat_purchases":
        return Missing(
            both(
                "没有客户买过第二次，无法判断客户价值",
                "Nobody has bought twice: what customers are worth cannot be told",
            ),
            both(
                "首次购买说明不了客户是否会再次购买。需要其中有重复购买的 transactions（交易）。",
                "A first purchase does not say whether there will be a second one. It takes transactions "
                "in which customers buy again.",
            ),
        )
    if methods.empty:
        return Missing(
            both("没有客户价值", "No customer value"),
            both("请加入 transactions（交易）。", "Add transactions."),
        )
    method, is_reliable = str(methods.method[0]), bool(methods.is_reliable[0])
    tenths = marts.frame(TENTHS, method).assign(is_reliable=is_reliable)
    by_tier = marts.frame(BY_TIER, method).assign(is_reliable=is_reliable)
    fits = marts.frame(FITS)
    why = STATUSES.get(methods.purchase_status[0]) if method == "average" else None
    name = METHOD_NAMES.get(method, (method, method))
    top = tenths.set_index("tenth").cumulative_share

    def title(t: Language) -> str:
        if not is_reliable:
            return t("客户价值尚不可靠", "What customers are worth is not reliable yet")
        if not {1, 2} <= set(top.index):
            return t(
                "客户太少，价值集中度无法判断", "Too few customers to say how concentrated value is"
            )
        return t(
            f"前 10 % 的客户占预期价值的 {percent(top[1])}，前 20 % 占 {percent(top[2])}",
            f"The top 10 % of customers hold {percent(top[1])} of the expected value, "
            f"the top 20 % {percent(top[2])}",
        )

    def note(t: Language) -> str:
        text = t(
            f"预期价值（收入，不含订阅费）按{name[0]}估计。左：客户按价值十等分；右：各分级所占价值。",
            f"Expected value (revenue, without fees) by {name[1]}. First: tenths of the customers by value; "
            "then: what each tier holds.",
        )
        if not is_reliable and why:
            text += t(f"尚不可靠：{why[0]}。", f" Not reliable yet: {why[1]}.")
        for _, row in fits.iterrows():
            text += t(
                f"概率模型 {row.model} 不可靠：{row.note_zh}。",
                f" The model {row.model} is not reliable: {row.note_en}",
            )
        return text

    def by_tenth(t: Language) -> charts.Chart:
        base = alt.Chart(tenths.drop(columns=["value"]), height=240, width="container").encode(
            x=alt.X(
                "tenth:O",
                title=t("十等分（1 = 最高）", "tenth (1 = highest)"),
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("share:Q", title=t("价值占比", "share of value"), axis=alt.Axis(format=".0%")),
        )
        return base.mark_bar().encode(
            opacity=charts.opacity(),
            tooltip=charts.tooltip(
                ("tenth", t("十等分", "Tenth"), "d"),
                ("customers", t("客户", "Customers"), ",d"),
                ("share", t("价值占比", "Share of value"), ".1%"),
                ("cumulative_share", t("累计占比", "Cumulated"), ".1%"),
            ),
        )

    def of_tier(t: Language) -> charts.Chart:
        return (
            alt.Chart(by_tier.drop(columns=["value"]), height=34 * len(by_tier), width="container")
            .mark_bar()
            .encode(
                y=alt.Y(f"{t.label}:N", sort=alt.SortField("rule_order"), title=None),
                x=alt.X(
                    "share:Q", title=t("价值占比", "share of value"), axis=alt.Axis(format=".0%")
                ),
                opacity=charts.opacity(),
                tooltip=charts.tooltip(
                    (t.label, t("分级", "Tier"), ""),
                    ("share", t("价值占比", "Share of value"), ".1%"),
                    ("share_of_customers", t("客户占比", "Share of customers"), ".1%"),
                    ("customers", t("客户", "Customers"), ",d"),
                ),
            )
        )

    panels = [Panel(by_tenth, both("按客户十等分", "By tenth of customers"))]
    if not by_tier.empty:
        panels.append(Panel(of_tier, both("按客户分级", "By tier")))
    return Figure(
        key="customer-value",
        title=title,
        note=note,
        panels=panels,
        table=tenths[["tenth", "customers", "value", "share", "cumulative_share"]].rename(
            columns={"customers": "n_customers", "value": "expected_value"}
        ),
    )
