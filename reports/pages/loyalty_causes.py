"""What complaints are about: the vital few causes and the others (Pareto)."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Words,
    each,
    each_as,
    from_marts,
    listed,
    month,
    nothing,
    percent,
    say,
    together,
)
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

CAUSES = """select month_start, window_months, category, label_zh, label_en, is_mapped, n_all,
    n_complaints, complaint_share, share_low, share_high, cause_rank, cumulative_share, is_vital,
    share_change, change_low, change_high, repeat_share, kept_share, median_hours, reopened_share,
    compensated_share, per_1000_customers, is_reliable
from fct_complaint_causes
where segment_type = 'total' and severity = 'all' and n_complaints > 0
qualify month_start = max(month_start) over () and window_months = max(window_months) over (
    partition by month_start)
order by cause_rank"""
#: the twelve newest months of which it is known how customers stand some months later
RECOVERED = """select complaint_group, sum(n_recovered)::int as n_recovered,
    sum(n_evaluated)::int as n_evaluated
from fct_complaint_recovery
where segment_type = 'total' and complaint_group in ('compensated', 'not_compensated')
    and month_start > (select max(month_start) - interval 12 month from fct_complaint_recovery
        where segment_type = 'total' and complaint_group = 'all' and n_evaluated > 0)
group by complaint_group"""
#: bars beyond that are too many to read: the table has them
MOST_BARS = 12
#: what a chart needs of the rows, beside their labels
DRAWN = ["n_complaints", "complaint_share", "share_low", "share_high"]
DRAWN += ["cause_rank", "cumulative_share", "is_vital", "share_change", "median_hours"]
DRAWN += ["is_reliable"]


def causes(marts: Marts) -> Part | None:
    """Draw the share of each cause and the cumulative share; none where nobody complained."""
    found = marts.frame(CAUSES)
    if found.empty:
        return None
    first = found.iloc[0]
    names = {
        row.category: from_marts(str(row.label_zh), str(row.label_en)) for row in found.itertuples()
    }
    vital = found[found.is_vital]

    def when(t: Language) -> str:
        if first.window_months == 1:
            return t("in {month}", month=month(first.month_start))
        return t(
            "in the {n} months to {month}", n=first.window_months, month=month(first.month_start)
        )

    def title(t: Language) -> str:
        if not first.is_reliable:
            return t("Too few complaints {when} to say what most are about", when=when)
        if vital.empty:
            return t("Nobody wrote down what most complaints {when} were about", when=when)
        told = {
            "share": percent(vital.complaint_share.sum()),
            "when": when,
            "causes": listed([names[category] for category in vital.category]),
        }
        if len(vital) == 1:
            return t("One cause makes {share} of the complaints {when}: {causes}", **told)
        return t(
            "{k} of {n} causes make {share} of the complaints {when}: {causes}",
            k=len(vital),
            n=len(found),
            **told,
        )

    drawn = found.head(MOST_BARS)

    def draw(t: Language) -> charts.Chart:
        tips = charts.tooltip(
            (t.label, t("Cause"), ""),
            ("n_complaints", t("Complaints"), ",d"),
            ("complaint_share", t("Share"), ".1%"),
            ("share_low", t("Lower bound"), ".1%"),
            ("share_high", t("Upper bound"), ".1%"),
            ("cumulative_share", t("Cumulated"), ".1%"),
            ("share_change", t("Change of the share"), "+.1%"),
            ("median_hours", t("Median hours to settle"), ",.0f"),
        )
        base = alt.Chart().encode(
            x=alt.X(
                f"{t.label}:N",
                title=None,
                sort=drawn[t.label].tolist(),
                axis=alt.Axis(labelAngle=-30, labelLimit=120),
            ),
            opacity=charts.opacity(),
            tooltip=tips,
        )
        share = alt.Y(
            "complaint_share:Q",
            title=t("share of complaints"),
            axis=alt.Axis(format=".0%"),
            scale=alt.Scale(domain=[0, 1]),
        )
        layers = [
            base.transform_filter(f"{test}datum.is_vital")
            .mark_bar(style=style, width={"band": 0.7})
            .encode(y=share)
            for test, style in (("", "leaf"), ("!", "group"))
            if (drawn.is_vital if not test else ~drawn.is_vital).any()
        ]
        cumulated = base.encode(y=alt.Y("cumulative_share:Q"))
        layers += [
            cumulated.mark_line(style="range"),
            cumulated.mark_point(style="label", filled=True, size=40),
        ]
        return charts.Layered(
            layers, data=drawn[[*each("label"), *DRAWN]], height=260, width="container"
        )

    return Figure(
        key="complaint-causes",
        title=title,
        note=together(
            say(
                "Bars: share of complaints by cause, the most frequent first; line: cumulated. "
                "Bars in colour are the vital few, which together make 80 % by default; grey are "
                "the others."
            ),
            unlabelled(found),
            compensated(marts),
        ),
        panels=[Panel(draw)],
        table=found[
            [*each("label"), "n_complaints", "complaint_share", "share_low", "share_high"]
            + ["cumulative_share", "is_vital", "share_change", "change_low", "change_high"]
            + ["repeat_share", "kept_share", "median_hours", "reopened_share"]
            + ["compensated_share", "per_1000_customers"]
        ].rename(columns=each_as(label="category")),
    )


def unlabelled(found: pd.DataFrame) -> Words:
    """Say which categories have no row in complaint_categories, and how many complaints none."""
    blank = found[found.category == "unknown"]
    odd = found[~found.is_mapped & (found.category != "unknown")]
    said = []
    if len(odd):
        pairs = [
            say("{category} ({n})", category=row.category, n=f"{row.n_complaints:,}")
            for row in odd.itertuples()
        ]
        said.append(
            say("Not mapped, without a row in complaint_categories: {which}.", which=listed(pairs))
        )
    if len(blank):
        said.append(
            say("Complaints without a category: {n}.", n=f"{int(blank.n_complaints.iloc[0]):,}")
        )
    return together(*said) if said else nothing


def compensated(marts: Marts) -> Words:
    """Say how many of those who were answered late are recovered, with compensation and without."""
    found = marts.frame(RECOVERED).set_index("complaint_group")
    enough = found[found.n_evaluated >= marts.least_reliable]
    if len(enough) < 2:
        return nothing
    shares = enough.n_recovered / enough.n_evaluated
    return say(
        "Of customers who were answered late, {share} of {n} with a compensation are recovered, "
        "and {other_share} of {other_n} without.",
        share=percent(shares["compensated"]),
        n=f"{enough.n_evaluated['compensated']:,}",
        other_share=percent(shares["not_compensated"]),
        other_n=f"{enough.n_evaluated['not_compensated']:,}",
    )
