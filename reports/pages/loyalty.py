"""Loyalty: what customers say and do, who stays, and what they are worth."""

from __future__ import annotations

from typing import Any

from reports.language import (
    Unit,
    Words,
    interval,
    is_missing,
    month,
    number,
    percent,
    percentage_points,
    points,
    say,
    signed,
    summary,
    verbatim,
)
from reports.marts import Marts
from reports.pages import (
    loyalty_causes,
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
REPURCHASE = """select b.repurchase_rate, b.repurchase_rate_low, b.repurchase_rate_high,
    b.n_eligible, b.is_repurchase_rate_reliable as is_reliable,
    b.repurchase_rate - earlier.repurchase_rate as change
from fct_segment_behaviour as b
left join fct_segment_behaviour as earlier
    on earlier.segment_type = 'total' and earlier.month_start = b.month_start - interval 3 month
where b.segment_type = 'total' and b.repurchase_rate is not null
order by b.month_start desc limit 1"""


def since(change: Any, digits: int = 1, unit: Unit = verbatim) -> Words:
    """Say by how much a figure moved in three months; that has no interval, and so no direction."""
    if is_missing(change):
        return say("no figure of three months before")
    return say("{change} against three months before", change=unit(signed(change, digits)))


def cards(marts: Marts) -> list[Card]:
    """Return the headline figures that this case has."""
    found: list[Card | None] = []
    newest = marts.one(NEWEST)
    if newest is not None and not is_missing(newest.loyalty_index):
        bounds = interval(newest.index_low, newest.index_high)
        found.append(
            Card(
                name=say("Loyalty index (0–100)"),
                value=number(newest.loyalty_index),
                change=since(newest.index_change, unit=points),
                basis=say(
                    "interval {interval} · n = {n}",
                    interval=bounds,
                    n=f"{newest.n_indexed_customers:,}",
                ),
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
                name=say("Annual retention"),
                value=percent(kept.annual_retention_rate),
                change=since(100 * kept.change, unit=percentage_points),
                basis=lambda t: t(
                    "of {known} active a year before, active in {then} · interval {reach} %",
                    known=known,
                    then=then,
                    reach=reach(t),
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
                name=say("Mean ladder level (1–5)"),
                value=number(newest.mean_ladder_level, 2),
                change=since(newest.level_change, 2),
                basis=unjudged
                or say("{steps} this month · {left} more have left", steps=steps, left=left),
                is_reliable=newest.n_evaluable >= marts.least_reliable and not unjudged,
            )
        )
    again = marts.one(REPURCHASE)
    if again is not None:
        ends = interval(100 * again.repurchase_rate_low, 100 * again.repurchase_rate_high)
        found.append(
            Card(
                name=say("Repurchase rate"),
                value=percent(again.repurchase_rate),
                change=since(100 * again.change, unit=percentage_points),
                basis=say(
                    "interval {interval} % · n = {n}", interval=ends, n=f"{again.n_eligible:,}"
                ),
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
                "fct_segment_loyalty",
                say("No behaviour"),
                say(
                    "The ladder, growth, retention, survival, tiers, value and the chart of "
                    "complaints need transactions or subscriptions."
                ),
            )
        ]
    complained = [loyalty_complaints.complaints(marts), loyalty_causes.causes(marts)]
    return [*found, loyalty_value.value(marts), *complained]


def page(marts: Marts) -> Page:
    """Return the page."""
    deeds, words = done(marts), said(marts)
    # two abreast, but for the segments, which take the width
    order = [*deeds[:2], *words[:3], *deeds[2:3], *words[3:], *deeds[3:]]
    shown = [part for part in order if part]
    leading = ("ladder-transitions", "customer-growth", "satisfaction-and-loyalty")
    told = [p.title for p in shown if isinstance(p, Figure) and p.key in leading][:2]
    return Page(
        key="loyalty",
        title=say("Loyalty"),
        summary=summary(told),
        cards=cards(marts),
        parts=shown,
    )
