"""What a page of the report is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reports.language import Language, Words

#: a chart is drawn once per language, over the same data
Draw = Callable[[Language], Any]


@dataclass(frozen=True)
class Card:
    """One headline figure.

    Attributes
    ----------
    name, value
        What it is, and the figure with its unit.
    change
        Since when and by how much it moved, or why that is not known.
    basis
        Its interval and the number it rests on.
    direction
        up, down or flat: the mark beside the change; only beyond chance up or down.
    is_reliable
        Unreliable cards are faded and say so.
    """

    name: Words
    value: str
    change: Words
    basis: Words
    direction: str = "flat"
    is_reliable: bool = True


@dataclass(frozen=True)
class Panel:
    """One chart of a figure: small multiples have several, each under its own heading."""

    draw: Draw
    heading: Words | None = None


@dataclass(frozen=True)
class Figure:
    """One chart, or small multiples, with a title that says what the data says.

    Attributes
    ----------
    key
        Name of the figure in the page, unique in the report: `index-by-wave`.
    title
        The finding, computed.
    note
        What is drawn and how to read it: also the text alternative of the picture.
    panels
        The charts.
    table
        The drawn figures as a table, the other half of the text alternative. Columns are those of
        the marts: their headings come from docs/business_terms.csv.
    is_wide
        Takes the whole width of the page.
    panel_width
        Pixels that each of several panels gets at least, side by side.
    least_width
        Pixels below which the chart scrolls instead of shrinking; 0 = it always fits.
    is_picked
        Whether one panel is shown at a time, which the reader picks by its heading; in print all.
    """

    key: str
    title: Words
    note: Words
    panels: Sequence[Panel]
    table: pd.DataFrame
    is_wide: bool = False
    panel_width: int = 240
    least_width: int = 0
    is_picked: bool = False


@dataclass(frozen=True)
class Listing:
    """A table that is read as such.

    Attributes
    ----------
    columns
        Those of `table` that are shown; `x_zh` is shown in Chinese, `x_en` in English.
    is_wide
        Takes the whole width of the page.
    """

    key: str
    title: Words
    note: Words
    table: pd.DataFrame
    columns: Sequence[str]
    is_wide: bool = True


@dataclass(frozen=True)
class Missing:
    """Stands where the data of a figure is absent: says what to add.

    Attributes
    ----------
    mart
        The mart that has no rows. Where its area is off in this case, nothing stands here.
    """

    mart: str
    title: Words
    fix: Words


@dataclass(frozen=True)
class Component:
    """A part with markup and behaviour of its own, and the data it shows.

    Its script stands beside its template: customers.html, customers.js.
    """

    key: str
    title: Words
    note: Words
    template: str
    data: object


Part = Figure | Listing | Missing | Component


@dataclass(frozen=True)
class Page:
    """One page: a summary in a sentence or two, cards, and parts in reading order."""

    key: str
    title: Words
    summary: Words
    cards: Sequence[Card] = ()
    parts: Sequence[Part] = field(default_factory=tuple)
