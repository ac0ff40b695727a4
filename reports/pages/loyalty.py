"""Loyalty: what customers say and do, who stays, and what they are worth."""

from __future__ import annotations

from typing import Any

from reports.language import (
    PERCENTAGE_POINTS,
    POINTS,
    Words,
    both,
    interval,
    is_missing,
    month,
    number,
    percent,
    signed,
)
from reports.marts import Marts
from reports.pages import (
    loyalty_class,
    loyalty_complaints,
    loyalty_ladder,
    loyalty_retention,
    loyalty_satisfaction,
    loyalty_survival,
    loyalty_value,
    overview,
)
from reports.parts import Card, Figure, Missing, Page, Part

NEWEST = """select s.*, s.loyalty_index - earlier.loyalty_index as index_change,
    s.mean_ladder_level - earlier.mean_ladder_level as level_change
from fct_segment_loyalty as s
left join fct_segment_loyalty as earlier
    on earlier.segment_type = 'total' and earlier.month_start = s.month_start - interval 3 month
where s.segment_type = 'total' and s.n_on_ladder > 0
order by s.month_start desc limit 1"""
RETENTION = """select g.month_start, g.annual_retention_rate, g.annual_retention_low,
    g.annual_retention_high, g.n_year_before, g.is_annual_reliable,
    g.annual_retention_rate - earlier.annual_retention_rate as change
from fct_customer_growth as g
left join fct_customer_growth as earlier
    on earlier.segment_type = 'total' and earlier.month_start = g.month_start - interval 3 month
where g.segment_type = 'total' order by g.month_start desc limit 1"""
REPURCHASE = """select b.repurchase_rate, b.repurchase_rate_low, b.repurchase_rate_high, b.n_eligible,
    b.is_repurchase_rate_reliable as is_reliable,
    b.repurchase_rate - earlier.repurchase_rate as change
from fct_segment_behaviour as b
left join fct_segment_behaviour as earlier
    on earlier.segment_type = 'total' and earlier.month_start = b.month_start - interval 3 month
where b.segment_type = 'total' and b.repurchase_rate is not null
order by b.month_start desc limit 1"""


def since(change: Any, digits: int = 1, unit: tuple[str, str] = ("", "")) -> Words:
    """Say by how much a figure moved in three months; that has no interval, and so no direction."""
    if is_missing(change):
        return both("没有三个月前可比", "no figure of three months before")
    moved = signed(change, digits)
    return both(f"较三个月前 {moved}{unit[0]}", f"{moved}{unit[1]} against three months before")


def cards(marts: Marts) -> list[Card]:
    """Return the headline figures that this case has."""
    found: list[Card | None] = []
    newest = marts.one(NEWEST)
    if newest is not None and not is_missing(newest.loyalty_index):
        bounds = interval(newest.index_low, newest.index_high)
        indexed = f" · n = {newest.n_indexed_customers:,}"
        found.append(
            Card(
                name=both("忠诚度指数（0–100）", "Loyalty index (0–100)"),
                value=number(newest.loyalty_index),
                change=since(newest.index_change, unit=POINTS),
                basis=lambda t: t("区间 ", "interval ") + bounds(t) + indexed,
                is_reliable=bool(newest.is_reliable),
            )
        )
    found.append(overview.loyal_card(marts))
    kept = marts.one(RETENTION)
    if kept is not None and not is_missing(kept.annual_retention_rate):
        reach = interval(100 * kept.annual_retention_low, 100 * kept.annual_retention_high)
        known = f"{int(kept.n_year_before):,}"
        then = month(kept.month_start)
        found.append(
            Card(
                name=both("年留存率", "Annual retention"),
                value=percent(kept.annual_retention_rate),
                change=since(100 * kept.change, unit=PERCENTAGE_POINTS),
                basis=lambda t: t(
                    f"一年前活跃的 {known} 位客户中，{then} 仍活跃的占比 · 区间 {reach(t)} %",
                    f"of {known} active a year before, active in {then} · interval {reach(t)} %",
                ),
                is_reliable=bool(kept.is_annual_reliable),
            )
        )
    if newest is not None:
        steps = f"n = {newest.n_on_ladder:,} · ▲ {newest.n_moved_up:,} ▼ {newest.n_moved_down:,}"
        left = f"{newest.n_left:,}"
        unjudged = loyalty_ladder.unjudged(marts)
        found.append(
            Card(
                name=both("忠诚阶梯平均等级（1–5）", "Mean ladder level (1–5)"),
                value=number(newest.mean_ladder_level, 2),
                change=since(newest.level_change, 2),
                basis=unjudged
                or both(
                    f"{steps}（本月）· 另有 {left} 位已流失",
                    f"{steps} this month · {left} more have left",
                ),
                is_reliable=newest.n_evaluable >= marts.least_reliable and not unjudged,
            )
        )
    again = marts.one(REPURCHASE)
    if again is not None:
        ends = interval(100 * again.repurchase_rate_low, 100 * again.repurchase_rate_high)
        eligible = f" % · n = {again.n_eligible:,}"
        found.append(
            Card(
                name=both("复购率", "Repurchase rate"),
                value=percent(again.repurchase_rate),
                change=since(100 * again.change, unit=PERCENTAGE_POINTS),
                basis=lambda t: t("区间 ", "interval ") + ends(t) + eligible,
                is_reliable=bool(again.is_reliable),
            )
        )
    return [card for card in found if card]


def said(marts: Marts) -> list[Part | None]:
    """Return the figures of what customers say; one word of what is missing for all of them."""
    found = [
        loyalty_satisfaction.satisfaction_and_loyalty(marts),
        loyalty_satisfaction.relations(marts),
        loyalty_class.classes_by_wave(marts),
        loyalty_class.loyal_by_segment(marts),
    ]
    return found if any(found) else [loyalty_class.unasked(marts)]


def done(marts: Marts) -> list[Part | None]:
    """Return the figures of what customers do; one word of what is missing for all of them."""
    found = [
        loyalty_ladder.transitions(marts),
        loyalty_value.tiers(marts),
        loyalty_retention.growth(marts),
        loyalty_survival.survival(marts),
        loyalty_retention.triangle(marts),
    ]
    if not any(found):
        return [
            Missing(
                both("没有客户行为", "No behaviour"),
                both(
                    "忠诚阶梯、客户增长、留存、生存曲线、分级、客户价值和投诉控制图需要 transactions（交易）或 "
                    "subscriptions（服务）。",
                    "The ladder, growth, retention, survival, tiers, value and the chart of "
                    "complaints need transactions or subscriptions.",
                ),
            )
        ]
    return [*found, loyalty_value.value(marts), loyalty_complaints.complaints(marts)]


def page(marts: Marts) -> Page:
    """Return the page."""
    deeds, words = done(marts), said(marts)
    # two abreast, but for the segments, which take the width
    order = [*deeds[:2], *words[:3], *deeds[2:3], *words[3:], *deeds[3:]]
    shown = [part for part in order if part]
    told = ("ladder-transitions", "customer-growth", "satisfaction-and-loyalty")
    summary = [p.title for p in shown if isinstance(p, Figure) and p.key in told][:2]
    return Page(
        key="loyalty",
        title=both("忠诚度", "Loyalty"),
        summary=lambda t: "".join(text(t) + t("。", ". ") for text in summary),
        cards=cards(marts),
        parts=shown,
    )
