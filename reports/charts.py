"""Charts that several pages draw: an estimate with its interval, a heatmap, stacked shares.

Sizes: charts take the width of their place (`width="container"`); heights are in pixels. Colours
come from the theme by style or by range, so nothing here names one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

FADED = 0.35
#: figures stay readable
FADED_TEXT = 0.75

#: what altair's operators return; its types leave it open
Chart = Any


def values(frame: Any) -> dict[str, Any]:
    """Return a frame as Altair embeds it, whose own way takes several times longer.

    >>> values(pd.DataFrame({"wave": ["2025-06"], "index": [None]}))
    {'values': [{'wave': '2025-06', 'index': None}]}
    """
    nulls = frame.isna()
    columns = [
        [None if null else value for value, null in zip(frame[c].tolist(), nulls[c], strict=True)]
        for c in frame
    ]
    return {"values": [dict(zip(frame, row, strict=True)) for row in zip(*columns, strict=True)]}


alt.data_transformers.register("values", values)
alt.data_transformers.enable("values")


def opacity(faded: float = FADED) -> Any:
    """Fade what rests on few answers."""
    return alt.OpacityValue(1, condition=[{"test": "datum.is_reliable === false", "value": faded}])


def tooltip(*fields: tuple[str, str, str]) -> list[alt.Tooltip]:
    """Return tooltips from (field, title, format); an empty format shows text as it is.

    >>> tooltip(("n", "Respondents", ",d"))[0].to_dict()["format"]
    ',d'
    """
    return [
        alt.Tooltip(f"{name}:Q", title=title, format=form)
        if form
        else alt.Tooltip(f"{name}:N", title=title)
        for name, title, form in fields
    ]


def domain(frame: pd.DataFrame, *columns: str, pad: float = 0.08) -> list[float]:
    """Return the range of some columns with room around it, the same for all panels of a figure.

    >>> domain(pd.DataFrame({"low": [1.0, None], "high": [2.0, None]}), "low", "high", pad=0.5)
    [0.5, 2.5]
    """
    values = frame[list(columns)].to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(values).all():
        return [0.0, 1.0]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = (high - low or 1.0) * pad
    return [low - room, high + room]


def height_of(frame: pd.DataFrame, y: alt.Y, step: int) -> int:
    """Return the height of a chart with so many pixels a row.

    Vega-Lite's own `{"step": …}` warns wherever the width is that of the container.
    """
    field = str(y["shorthand"]).partition(":")[0]
    return step * frame[field].nunique()


def slanted() -> alt.Axis:
    """Return an axis on top whose labels come down to their columns: none leaves the chart."""
    return alt.Axis(orient="top", labelAngle=35, labelAlign="right", labelBaseline="bottom")


class Layered(alt.LayerChart):
    """Charts over each other that leave data and size to the whole.

    Altair's own looks for those in the layers whenever it is made or written, and copies every
    layer deeply for that: half of the time that drawing took.
    """

    def __init__(self, layer: Sequence[Chart], **properties: Any) -> None:
        super(alt.LayerChart, self).__init__(layer=layer, **properties)


def over_time(
    frame: pd.DataFrame,
    x: alt.X,
    estimate: str,
    low: str,
    high: str,
    title: str | None,
    tips: list[alt.Tooltip],
    scale: Sequence[float],
    height: int | None = 300,
) -> Chart:
    """Draw an estimate over time as a line with points, on the band of its interval.

    Without a height it is a layer of another chart.
    """
    base = alt.Chart().encode(x=x)
    y = alt.Scale(domain=list(scale), zero=False, nice=False)
    # an area over a single point cannot be seen
    mark = base.mark_area(style="band") if len(frame) > 1 else base.mark_rule(style="interval")
    band = mark.encode(y=alt.Y(f"{low}:Q", title=title, scale=y), y2=alt.Y2(f"{high}:Q"))
    line = base.mark_line(style="line").encode(y=alt.Y(f"{estimate}:Q", scale=y))
    points = base.mark_point(style="estimate", filled=True, size=60).encode(
        y=alt.Y(f"{estimate}:Q", scale=y), opacity=opacity(), tooltip=tips
    )
    size = {"height": height, "width": "container"} if height else {}
    return Layered([band, line, points], data=frame, **size)


def dots(
    frame: pd.DataFrame,
    y: alt.Y,
    estimate: str,
    low: str,
    high: str,
    title: str,
    tips: list[alt.Tooltip],
    scale: Sequence[float] | None = None,
    reference: float | None = None,
    step: int = 22,
    form: str = "~f",
) -> Chart:
    """Draw one estimate a row, with its interval, and a line at a value to compare with."""
    base = alt.Chart(frame).encode(y=y, opacity=opacity(), tooltip=tips)
    axis = alt.Scale(domain=list(scale), zero=False) if scale else alt.Scale(zero=False)
    bars = base.mark_rule(style="interval").encode(
        x=alt.X(f"{low}:Q", title=title, scale=axis, axis=alt.Axis(format=form, labelSeparation=8)),
        x2=alt.X2(f"{high}:Q"),
    )
    points = base.mark_point(style="estimate", filled=True, size=60).encode(
        x=alt.X(f"{estimate}:Q", scale=axis)
    )
    layers = [bars, points]
    if reference is not None:
        line = alt.Chart(pd.DataFrame({"x": [reference]})).mark_rule(style="reference")
        layers.insert(0, line.encode(x=alt.X("x:Q", scale=axis)))
    return alt.layer(*layers, height=height_of(frame, y, step), width="container")


def heatmap(
    frame: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    colour: alt.Color,
    text: alt.Text,
    tips: list[alt.Tooltip],
    step: int = 24,
) -> Chart:
    """Draw a table of cells, coloured, with the figure in each; unreliable cells are faded."""
    base = alt.Chart().encode(x=x, y=y)
    cells = base.mark_rect(cornerRadius=2).encode(color=colour, opacity=opacity(), tooltip=tips)
    figures = base.mark_text(style="label", fontSize=11).encode(
        text=text, opacity=opacity(FADED_TEXT)
    )
    height = height_of(frame, y, step)
    return Layered([cells, figures], data=frame, height=height, width="container")


def stacked(
    frame: pd.DataFrame,
    x: alt.X,
    value: str,
    level: alt.Color,
    order: str,
    title: str,
    tips: list[alt.Tooltip],
    height: int = 300,
) -> Chart:
    """Draw shares that add up to one as stacked bars."""
    return (
        alt.Chart(frame, height=height, width="container")
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y(f"{value}:Q", stack="normalize", title=title, axis=alt.Axis(format="%")),
            color=level,
            order=alt.Order(f"{order}:Q"),
            tooltip=tips,
        )
    )


def apart(
    frame: pd.DataFrame,
    x: str,
    y: str,
    x_domain: Sequence[float],
    y_domain: Sequence[float],
    size: tuple[float, float] = (220, 300),
    gap: float = 24,
) -> pd.Series:
    """Return heights for the labels of points so that no two of them lie upon each other.

    Labels move up and down only. `size` is the narrowest width, in pixels, and the height that
    the points are drawn in, `gap` the room that a label needs; wider is only freer.

    >>> one = pd.DataFrame({"x": [0.5, 0.5, 1.0], "y": [0.5, 0.5, 0.5]})
    >>> apart(one, "x", "y", [0, 1], [0, 1], size=(100, 100), gap=20).round(2).tolist()
    [0.4, 0.6, 0.5]
    """
    width, height = (size[0] / (x_domain[1] - x_domain[0]), size[1] / (y_domain[1] - y_domain[0]))
    across, up = frame[x].to_numpy() * width, frame[y].to_numpy(dtype=float) * height
    low, high = y_domain[0] * height + gap / 2, y_domain[1] * height - gap / 2
    for _ in range(200):
        moved = False
        for i in range(len(up)):
            for j in range(i):
                short = gap - abs(up[i] - up[j])
                if abs(across[i] - across[j]) < gap and short > 0.01:
                    lower, upper = (j, i) if up[j] <= up[i] else (i, j)
                    up[lower], up[upper] = up[lower] - short / 2, up[upper] + short / 2
                    moved = True
        up = up.clip(low, high)
        if not moved:
            break
    return pd.Series(up / height, index=frame.index)


def diverging(field: str, title: str, size: float) -> alt.Color:
    """Colour by a difference: orange below, pale at nought, blue above, full colour at ± size."""
    return alt.Color(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=[-size, 0, size], range="diverging", interpolate="lab", clamp=True),
    )
