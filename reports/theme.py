"""The colours and type of the charts, for light and for dark.

Charts name styles (`mark_line(style="estimate")`) and leave colours to the theme, so that one
specification serves both. Text is at least 4.5 : 1 against what it stands on (WCAG 2 AA), marks
3 : 1; the ramps stay so pale (in the dark: so deep) that the one text colour is readable on them.
Hues: blue against orange, which the colour-blind tell apart.
"""

from __future__ import annotations

from typing import Any

FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', sans-serif"
)

LIGHT = {
    "text": "#1b2430",
    "paper": "#ffffff",
    "quiet": "#566271",
    "line": "#d5dbe3",
    "estimate": "#1f5fa8",
    "faint": "#8797aa",
    "good": "#1f5fa8",
    "bad": "#b4530a",
    "ramp": ["#f3f7fc", "#a9cbee"],
    "diverging": ["#f2b27a", "#f8f7f5", "#9cc3ec"],
    "ordinal": ["#b4530a", "#e6a35c", "#b9c2cd", "#6fa3d8", "#1f5fa8"],
    "category": ["#1f5fa8", "#b4530a", "#3a7d44", "#7a4fa3", "#a23b5b", "#566271"],
}
DARK = {
    "text": "#e8edf4",
    "paper": "#17202c",
    "quiet": "#a9b6c6",
    "line": "#364354",
    "estimate": "#7db7f5",
    "faint": "#7d8da1",
    "good": "#7db7f5",
    "bad": "#f0a35c",
    "ramp": ["#1c2735", "#2f6299"],
    "diverging": ["#87501c", "#232d3a", "#2f6299"],
    "ordinal": ["#f0a35c", "#a86a2c", "#5d6b7d", "#4480bd", "#7db7f5"],
    "category": ["#7db7f5", "#f0a35c", "#7fca8c", "#c1a0e8", "#ef92ae", "#a9b6c6"],
}


def config(colours: dict[str, Any]) -> dict[str, Any]:
    """Return the Vega-Lite configuration of one theme."""
    axis = {
        "labelColor": colours["quiet"],
        "titleColor": colours["quiet"],
        "titleFontWeight": "normal",
        "domainColor": colours["line"],
        "tickColor": colours["line"],
        "gridColor": colours["line"],
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 190,
    }
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "legend": {
            "labelColor": colours["text"],
            "titleColor": colours["quiet"],
            "titleFontWeight": "normal",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "orient": "top",
            "labelLimit": 240,
        },
        "header": {"labelColor": colours["text"], "titleColor": colours["quiet"]},
        "mark": {"color": colours["estimate"]},
        "text": {"color": colours["text"], "fontSize": 12},
        "rule": {"color": colours["quiet"]},
        "range": {
            "category": colours["category"],
            "ordinal": colours["ordinal"],
            "ramp": colours["ramp"],
            "heatmap": colours["ramp"],
            "diverging": colours["diverging"],
        },
        # Vega-Lite reads `color` of a style, Vega `fill` and `stroke`
        "style": {
            "estimate": {"stroke": colours["estimate"], "fill": colours["estimate"]},
            "line": {"stroke": colours["estimate"], "strokeWidth": 2},
            "band": {"fill": colours["estimate"], "fillOpacity": 0.18, "strokeOpacity": 0},
            "interval": {"stroke": colours["estimate"], "strokeWidth": 2},
            "reference": {
                "color": colours["quiet"],
                "stroke": colours["quiet"],
                "strokeDash": [4, 4],
            },
            "label": {"fill": colours["text"]},
            "quiet-label": {"color": colours["quiet"], "fill": colours["quiet"]},
            "paper": {"color": colours["paper"]},
            "leaf": {"color": colours["category"][0]},
            "group": {"color": colours["faint"]},
            "range": {"color": colours["text"], "strokeWidth": 2},
            "box": {"color": colours["ramp"][0], "stroke": colours["faint"]},
            "good": {"color": colours["good"]},
            "bad": {"color": colours["bad"]},
        },
    }


THEMES = {"light": config(LIGHT), "dark": config(DARK)}
