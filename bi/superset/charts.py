"""What Superset wants to know of a chart, from the few lines that dashboards/*.yml say of it.

Every figure of a mart is a row of its own, so adding rows up would be wrong. A metric that is a
column's name therefore takes one row: where several fall together it is the newest total's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Params = dict[str, Any]
COLOURS = "supersetColors"
# from low to high, for the colour-blind too
LOW_TO_HIGH = "schemeRdYlBu"


@dataclass(frozen=True)
class Metric:
    """A figure of a chart: an SQL expression over the dataset and its bilingual label."""

    label: str
    sql: str

    @property
    def params(self) -> Params:
        """Return the metric as Superset stores it."""
        return {
            "expressionType": "SQL",
            "sqlExpression": self.sql,
            "label": self.label,
            "hasCustomLabel": True,
            "optionName": f"metric_{self.label}",
        }


@dataclass(frozen=True)
class Chart:
    """A chart of a dashboard, with columns and metrics that are known to exist."""

    name: str
    title: str
    mart: str
    type: str
    metrics: list[Metric]
    filters: list[str]
    where: dict[str, Any] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    x: str = ""
    by: str = ""
    sort: str = ""
    format: str = ".1f"
    width: int = 6
    height: int = 50
    note: str = ""
    options: Params = field(default_factory=dict)


def adhoc_filter(column: str, wanted: Any) -> Params:
    """Turn `column: value`, `column: [values]` or `column: {not: value or null}` into a filter."""
    operator = "=="
    if isinstance(wanted, dict):
        wanted = wanted["not"]
        operator = "IS NOT NULL" if wanted is None else "!="
    elif isinstance(wanted, list):
        operator = "IN"
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "comparator": wanted,
        "filterOptionName": f"filter_{column}",
    }


def number(chart: Chart) -> Params:
    """Show one big figure."""
    return {
        "viz_type": "big_number_total",
        "metric": chart.metrics[0].params,
        "y_axis_format": chart.format,
        "header_font_size": 0.4,
        "subtitle": chart.note,
        "subtitle_font_size": 0.125,
    }


def series(chart: Chart) -> Params:
    """Return what lines and bars have in common."""
    params: Params = {
        "x_axis": chart.x,
        "metrics": [metric.params for metric in chart.metrics],
        "groupby": [chart.by] if chart.by else [],
        "y_axis_format": chart.format,
        "color_scheme": COLOURS,
        "show_legend": len(chart.metrics) > 1 or bool(chart.by),
        "legendType": "plain",
        "legendOrientation": "top",
        "sort_series_type": "name",
        "sort_series_ascending": True,
        "rich_tooltip": True,
        "truncate_metric": True,
        "row_limit": 10000,
        "order_desc": False,
    }
    if chart.x.endswith("_start"):
        params |= {"time_grain_sqla": "P1M", "x_axis_time_format": "%Y-%m"}
        params |= {"tooltipTimeFormat": "%Y-%m"}
    else:
        params |= {"xAxisForceCategorical": True}
        params |= {"x_axis_sort": chart.sort or chart.metrics[0].label, "x_axis_sort_asc": True}
    return params


def line(chart: Chart) -> Params:
    """Show figures over time; the axis starts where the figures do."""
    return series(chart) | {
        "viz_type": "echarts_timeseries_line",
        "markerEnabled": True,
        "markerSize": 6,
        "truncateYAxis": True,
        "y_axis_bounds": [None, None],
        "opacity": 0.2,
    }


def bar(chart: Chart) -> Params:
    """Show figures side by side or, with `options: {stack: Stack}`, on top of each other."""
    return series(chart) | {
        "viz_type": "echarts_timeseries_bar",
        "orientation": "vertical",
        "show_value": True,
        "truncateXAxis": False,
    }


def heatmap(chart: Chart) -> Params:
    """Show one figure for every pair of two columns."""
    return {
        "viz_type": "heatmap_v2",
        "x_axis": chart.x,
        "groupby": chart.by,
        "metric": chart.metrics[0].params,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_asc",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "linear_color_scheme": LOW_TO_HIGH,
        "xscale_interval": 1,
        "yscale_interval": 1,
        "x_axis_label_rotation": 45,
        "left_margin": "auto",
        "bottom_margin": "auto",
        "value_bounds": [None, None],
        "y_axis_format": chart.format,
        "show_values": True,
        "show_legend": False,
        "show_percentage": False,
        "row_limit": 10000,
    }


def pie(chart: Chart) -> Params:
    """Show parts of a whole."""
    return {
        "viz_type": "pie",
        "groupby": [chart.by],
        "metric": chart.metrics[0].params,
        "donut": True,
        "innerRadius": 40,
        "outerRadius": 70,
        "label_type": "value_percent",
        "labels_outside": True,
        "label_line": True,
        "show_labels": True,
        "show_labels_threshold": 1,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "bottom",
        "number_format": chart.format,
        "color_scheme": COLOURS,
        "sort_by_metric": False,
        "row_limit": 100,
    }


def bubble(chart: Chart) -> Params:
    """Show two figures against each other, a third as size; coloured by `by`."""
    x, y, size = chart.metrics
    return {
        "viz_type": "bubble_v2",
        "entity": chart.x,
        "series": chart.by,
        "x": x.params,
        "y": y.params,
        "size": size.params,
        "x_axis_label": x.label,
        "y_axis_label": y.label,
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 50,
        "xAxisFormat": chart.format,
        "y_axis_format": ".1f",
        "max_bubble_size": "25",
        "opacity": 0.6,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "truncateXAxis": False,
        "truncateYAxis": True,
        "color_scheme": COLOURS,
        "row_limit": 1000,
    }


def table(chart: Chart) -> Params:
    """Show rows of a mart as they are, in the order of `sort`."""
    return {
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": chart.columns,
        "order_by_cols": [f'["{chart.sort}", true]'] if chart.sort else [],
        "row_limit": 500,
        "page_length": 0,
        "table_timestamp_format": "%Y-%m-%d",
        "include_search": False,
        "show_cell_bars": False,
        "column_config": {name: {"d3NumberFormat": chart.format} for name in chart.columns},
    }


TYPES: dict[str, Callable[[Chart], Params]] = {
    "number": number,
    "line": line,
    "bar": bar,
    "heatmap": heatmap,
    "pie": pie,
    "bubble": bubble,
    "table": table,
}


def params(chart: Chart) -> Params:
    """Return the whole form of a chart."""
    conditions = [adhoc_filter(column, wanted) for column, wanted in chart.where.items()]
    return TYPES[chart.type](chart) | {"adhoc_filters": conditions} | chart.options
