"""The complaint rate between its control limits."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import Language, interval, is_missing, listed, percent, say
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

COMPLAINTS = """select strftime(month_start, '%Y-%m') as month, n_at_risk, n_complaining,
    complaint_rate, centre_line, lower_limit, upper_limit, complaint_alert, is_reliable
from fct_complaint_chart where segment_type = 'total' order by month_start"""
ALERTS = ["above_limit", "sustained_rise"]


def complaints(marts: Marts) -> Part:
    """Draw the complaint rate between its control limits, alerts marked."""
    months = marts.frame(COMPLAINTS)
    if months.empty:
        return Missing(
            "fct_complaint_chart",
            say("No chart of complaints"),
            say("Add complaints, with transactions or subscriptions."),
        )
    last = months.iloc[-1]
    limited = months[months.upper_limit.notna()]
    alerts = limited[limited.complaint_alert.isin(ALERTS)]

    def title(t: Language) -> str:
        rate = percent(last.complaint_rate)
        found = t("{rate} of customers complained in {month}", rate=rate, month=last.month)
        if is_missing(last.upper_limit) or not last.is_reliable:
            return t("{found}: too little history, or too few, to judge", found=found)
        bounds = interval(100 * last.lower_limit, 100 * last.upper_limit)
        if last.complaint_alert == "sustained_rise":
            return t("{found}: a sustained rise", found=found)
        if last.complaint_alert == "above_limit":
            return t(
                "{found}: above the control limits ({interval} %)", found=found, interval=bounds
            )
        return t(
            "{found}: within the control limits ({interval} %), as chance has it",
            found=found,
            interval=bounds,
        )

    def draw(t: Language) -> charts.Chart:
        base = alt.Chart().encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True))
        )
        known = base.transform_filter("isValid(datum.upper_limit)")
        rate = alt.Y(
            "complaint_rate:Q",
            title=t("complaint rate"),
            axis=alt.Axis(format=".0%"),
        )
        tips = charts.tooltip(
            ("month", t("Month"), ""),
            ("complaint_rate", t("Complaint rate"), ".1%"),
            ("centre_line", t("Centre line"), ".1%"),
            ("upper_limit", t("Upper limit"), ".1%"),
            ("n_complaining", t("Customers complaining"), ",d"),
            ("n_at_risk", t("Customers at risk"), ",d"),
        )
        alert = alt.FieldOneOfPredicate("complaint_alert", ALERTS)
        layers = [
            base.mark_line(style="line").encode(y=rate),
            base.mark_point(style="estimate", filled=True, size=50).encode(
                y=rate, opacity=charts.opacity(), tooltip=tips
            ),
        ]
        # a layer without rows would have no extent
        if not limited.empty:
            layers[:0] = [
                known.mark_area(style="band").encode(
                    y=alt.Y("lower_limit:Q"), y2=alt.Y2("upper_limit:Q")
                ),
                known.mark_line(style="reference").encode(y=alt.Y("centre_line:Q")),
            ]
        if not alerts.empty:
            layers.append(
                base.transform_filter(alert)
                .mark_point(style="bad", shape="diamond", filled=True, size=160)
                .encode(y=rate, tooltip=tips)
            )
        return charts.Layered(layers, data=months, height=260, width="container")

    return Figure(
        key="complaint-chart",
        title=title,
        note=say(
            "Share of customers with a complaint by month (p-chart): dashed the centre line (of "
            "the twelve months before, by default), the band the control limits; diamonds are "
            "alerts: {months}.",
            months=listed(alerts.month),
        )
        if len(alerts)
        else say(
            "Share of customers with a complaint by month (p-chart): dashed the centre line (of "
            "the twelve months before, by default), the band the control limits; diamonds are "
            "alerts, of which there are none."
        ),
        panels=[Panel(draw)],
        table=months[
            ["month", "complaint_rate", "centre_line", "lower_limit", "upper_limit"]
            + ["n_complaining", "n_at_risk"]
        ].rename(columns={"month": "month_start"}),
    )
