"""Customers by tier, and what they are worth."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import (
    Language,
    Words,
    each,
    from_marts,
    nothing,
    percent,
    say,
    together,
    verbatim,
)
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
    "average": say("simple averages"),
    "bg_nbd_gamma_gamma": say("the BG/NBD and gamma-gamma models"),
}
#: why simple averages are not reliable
STATUSES = {
    "estimated": say("too few customers are active or have bought again"),
    "capped": say("the years kept are cut by the cap"),
    "nobody_lost": say("nobody was lost to judge the years kept by"),
    "no_complete_month": say("there is no complete month"),
}
#: a change in what decides the risk of more customers than this share is said
OTHER_EVIDENCE = 0.2


def evidence_note(marts: Marts) -> Words:
    """Warn where the risk of the newest month rests on other figures than that before it."""
    found = marts.frame(EVIDENCE).dropna()
    if found.empty or (found.share_now - found.share_before).clip(lower=0).sum() <= OTHER_EVIDENCE:
        return nothing
    return say(
        "Mind: risk rests on other figures in the newest month than before (a risk score, say, is "
        "known of the newest month only), so that the step to it is not all the customers' doing."
    )


def tiers(marts: Marts) -> Part | None:
    """Draw the share of each tier, month by month."""
    rows = marts.frame(TIERS, marts.least_reliable)
    if rows.empty:
        return None
    last = rows[rows.month == rows.month.max()]

    def title(t: Language) -> str:
        if not last.is_reliable.all():
            return t("Too few customers to judge the tiers")
        shares = [
            t("{tier} {share}", tier=row[t.label], share=percent(row.share))
            for _, row in last[:2].iterrows()
        ]
        if len(shares) == 1:
            return t("{month}: {tier}", month=last.month.iloc[0], tier=shares[0])
        return t(
            "{month}: {first}, {second}",
            month=last.month.iloc[0],
            first=shares[0],
            second=shares[1],
        )

    def draw(t: Language) -> charts.Chart:
        order = list(dict.fromkeys(rows.sort_values("rule_order")[t.label]))
        return charts.stacked(
            rows[["month", *each("label"), "rule_order", "customers", "share"]],
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
            t("share of customers"),
            charts.tooltip(
                ("month", t("Month"), ""),
                (t.label, t("Tier"), ""),
                ("customers", t("Customers"), ",d"),
                ("share", t("Share"), ".1%"),
            ),
            height=260,
        )

    return Figure(
        key="tiers-by-month",
        title=title,
        note=together(
            say(
                "Customers by tier, made of contribution, loyalty and risk, in the order of the "
                "rules; without those who have left."
            ),
            evidence_note(marts),
        ),
        panels=[Panel(draw)],
        table=rows[["month", *each("label"), "customers", "share"]].rename(
            columns={"month": "month_start", "customers": "n_customers"}
        ),
    )


def value(marts: Marts) -> Part:
    """Draw how the expected value is spread over tenths of the customers, and over the tiers."""
    methods = marts.frame(METHODS)
    if methods.empty and marts.value(STATUS) == "no_repeat_purchases":
        return Missing(
            "fct_customer_value",
            say("Nobody has bought twice: what customers are worth cannot be told"),
            say(
                "A first purchase does not say whether there will be a second one. It "
                "takes transactions in which customers buy again."
            ),
        )
    if methods.empty:
        return Missing(
            "fct_customer_value",
            say("No customer value"),
            say("Add transactions."),
        )
    method, is_reliable = str(methods.method[0]), bool(methods.is_reliable[0])
    tenths = marts.frame(TENTHS, method).assign(is_reliable=is_reliable)
    by_tier = marts.frame(BY_TIER, method).assign(is_reliable=is_reliable)
    fits = marts.frame(FITS)
    why = STATUSES.get(methods.purchase_status[0]) if method == "average" else None
    name = METHOD_NAMES.get(method, verbatim(method))
    top = tenths.set_index("tenth").cumulative_share

    def title(t: Language) -> str:
        if not is_reliable:
            return t("What customers are worth is not reliable yet")
        if not {1, 2} <= set(top.index):
            return t("Too few customers to say how concentrated value is")
        return t(
            "The top 10 % of customers hold {tenth} of the expected value, the top 20 % {fifth}",
            tenth=percent(top[1]),
            fifth=percent(top[2]),
        )

    note = [
        say(
            "Expected value (revenue, without fees) by {method}. First: tenths of the customers by "
            "value; then: what each tier holds.",
            method=name,
        )
    ]
    if not is_reliable and why:
        note.append(say("Not reliable yet: {why}.", why=why))
    for _, row in fits.iterrows():
        doubt = from_marts(row.note_zh, row.note_en)
        note.append(say("The model {model} is not reliable: {why}", model=row.model, why=doubt))

    def by_tenth(t: Language) -> charts.Chart:
        base = alt.Chart(tenths.drop(columns=["value"]), height=240, width="container").encode(
            x=alt.X(
                "tenth:O",
                title=t("tenth (1 = highest)"),
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("share:Q", title=t("share of value"), axis=alt.Axis(format=".0%")),
        )
        return base.mark_bar().encode(
            opacity=charts.opacity(),
            tooltip=charts.tooltip(
                ("tenth", t("Tenth"), "d"),
                ("customers", t("Customers"), ",d"),
                ("share", t("Share of value"), ".1%"),
                ("cumulative_share", t("Cumulated"), ".1%"),
            ),
        )

    def of_tier(t: Language) -> charts.Chart:
        return (
            alt.Chart(by_tier.drop(columns=["value"]), height=34 * len(by_tier), width="container")
            .mark_bar()
            .encode(
                y=alt.Y(f"{t.label}:N", sort=alt.SortField("rule_order"), title=None),
                x=alt.X("share:Q", title=t("share of value"), axis=alt.Axis(format=".0%")),
                opacity=charts.opacity(),
                tooltip=charts.tooltip(
                    (t.label, t("Tier"), ""),
                    ("share", t("Share of value"), ".1%"),
                    ("share_of_customers", t("Share of customers"), ".1%"),
                    ("customers", t("Customers"), ",d"),
                ),
            )
        )

    panels = [Panel(by_tenth, say("By tenth of customers"))]
    if not by_tier.empty:
        panels.append(Panel(of_tier, say("By tier")))
    return Figure(
        key="customer-value",
        title=title,
        note=together(*note),
        panels=panels,
        table=tenths[["tenth", "customers", "value", "share", "cumulative_share"]].rename(
            columns={"customers": "n_customers", "value": "expected_value"}
        ),
    )
