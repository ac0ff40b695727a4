"""The complaint rate between its control limits."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.language import Language, both, interval, is_missing, percent
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
            both("没有投诉控制图", "No chart of complaints"),
            both(
                "请加入 complaints（投诉），以及 transactions 或 subscriptions。",
                "Add complaints, with transactions or subscriptions.",
            ),
        )
    last = months.iloc[-1]
    limited = months[months.upper_limit.notna()]
    alerts = limited[limited.complaint_alert.isin(ALERTS)]

    def title(t: Language) -> str:
        rate = percent(last.complaint_rate)
        found = t(f"{last.month} 投诉率 {rate}", f"{rate} of customers complained in {last.month}")
        if is_missing(last.upper_limit) or not last.is_reliable:
            return found + t(
                "，历史或客户太少，尚无法判断", ": too little history, or too few, to judge"
            )
        bounds = interval(100 * last.lower_limit, 100 * last.upper_limit)(t)
        if last.complaint_alert == "sustained_rise":
            return found + t("：持续上升", ": a sustained rise")
        if last.complaint_alert == "above_limit":
            return found + t(
                f"：超出控制限（{bounds} %）", f": above the control limits ({bounds} %)"
            )
        return found + t(
            f"：在控制限之内（{bounds} %），属正常波动",
            f": within the control limits ({bounds} %), as chance has it",
        )

    def draw(t: Language) -> charts.Chart:
        base = alt.Chart().encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True))
        )
        known = base.transform_filter("isValid(datum.upper_limit)")
        rate = alt.Y(
            "complaint_rate:Q",
            title=t("投诉率", "complaint rate"),
            axis=alt.Axis(format=".0%"),
        )
        tips = charts.tooltip(
            ("month", t("月份", "Month"), ""),
            ("complaint_rate", t("投诉率", "Complaint rate"), ".1%"),
            ("centre_line", t("中心线", "Centre line"), ".1%"),
            ("upper_limit", t("控制上限", "Upper limit"), ".1%"),
            ("n_complaining", t("投诉客户", "Customers complaining"), ",d"),
            ("n_at_risk", t("在险客户", "Customers at risk"), ",d"),
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

    named = "、".join(alerts.month), ", ".join(alerts.month)
    return Figure(
        key="complaint-chart",
        title=title,
        note=both(
            "每月有投诉的客户占比（p 控制图）：虚线为中心线（此前十二个月，默认），色带为控制限；菱形为警报"
            + (f"：{named[0]}。" if named[0] else "，目前没有。"),
            "Share of customers with a complaint by month (p-chart): dashed the centre line (of the twelve months "
            "before, by default), the band the control limits; diamonds are alerts"
            + (f": {named[1]}." if named[1] else ", of which there are none."),
        ),
        panels=[Panel(draw)],
        table=months[
            ["month", "complaint_rate", "centre_line", "lower_limit", "upper_limit"]
            + ["n_complaining", "n_at_risk"]
        ].rename(columns={"month": "month_start"}),
    )
