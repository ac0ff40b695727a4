"""What every check shares: clean rows, numbers out of text, and how a problem is worded."""

import difflib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import pandas as pd

Row = Mapping[str, str | None]

#: Characters that count as blank around a value; the SQL macro clean_text trims the same ones.
BLANKS = " \t\r\n\u00a0\u3000\ufeff"

#: A sum of weights may miss 1 by this much.
WEIGHT_TOLERANCE = 1e-6

#: Levels of overall satisfaction, wherever a rule names some.
OVERALL_LEVELS = range(1, 6)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_BOOLEANS = dict.fromkeys(("true", "t", "yes", "y", "1", "是"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "0", "否"), False
)


class Problem(NamedTuple):
    """One thing that is wrong in a method table: where it is, what it is, how to fix it."""

    table_name: str
    key: str
    column_name: str
    problem: str
    fix: str


Problems = Iterator[Problem]


@dataclass(frozen=True)
class Method:
    """The method tables as sorted rows of text.

    Attributes
    ----------
    tables : mapping of table name to rows
        Rows in an order that depends on their content only.
    columns : mapping of table name to the columns that its frame has
    weight_source : str
        Where the satisfaction weights come from.
    own : set of table name
        Those that the user wrote; the others are shipped, and may speak of another questionnaire.
    """

    tables: Mapping[str, tuple[Row, ...]]
    columns: Mapping[str, frozenset[str]]
    weight_source: str
    own: frozenset[str]

    def rows(self, table: str) -> tuple[Row, ...]:
        """Rows of a table; none where the table is absent."""
        return self.tables.get(table, ())

    def values(self, table: str, column: str) -> set[str]:
        """Every value of one column that is not blank."""
        return {value for row in self.rows(table) if (value := row.get(column)) is not None}

    def questions(self, *roles: str) -> list[Row]:
        """Rows of ``questions`` in any of these roles."""
        return [row for row in self.rows("questions") if row.get("role") in roles]

    @property
    def rates_satisfaction(self) -> bool:
        """Whether any question asks how well a factor performs: without one nothing is weighted."""
        return bool(self.questions("performance"))


def clean_method(
    tables: Mapping[str, pd.DataFrame], weight_source: str, own: Collection[str]
) -> Method:
    """Turn frames of any dtypes into sorted rows of text; columns beyond the known ones stay."""
    return Method(
        tables={name: _clean_rows(frame) for name, frame in tables.items()},
        columns={name: frozenset(map(str, frame.columns)) for name, frame in tables.items()},
        weight_source=weight_source,
        own=frozenset(own),
    )


def _clean_rows(frame: pd.DataFrame) -> tuple[Row, ...]:
    names = [str(column) for column in frame.columns]
    rows = [
        dict(zip(names, map(clean_value, values), strict=True))
        for values in frame.to_numpy(dtype=object).tolist()
    ]
    # sorted by content, so that no message depends on the order of the file
    order = sorted(names)
    return tuple(sorted(rows, key=lambda row: [row[name] or "" for name in order]))


def clean_value(value: Any) -> str | None:
    """Text of one cell, null where it is blank; numbers and booleans as a CSV file shows them.

    Examples
    --------
    >>> clean_value(3.0), clean_value(True), clean_value(float("nan")), clean_value(" ")
    ('3', 'true', None, None)
    """
    if isinstance(value, str):
        return value if value.strip(BLANKS) else None
    if pd.isna(value):
        return None
    if str(value) in ("True", "False"):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@lru_cache(maxsize=1024)  # the same few digits come again and again
def number(text: str | None) -> float | None:
    """Read a finite number in plain or scientific notation; anything else is None."""
    if text is None or not _NUMBER.fullmatch(text.strip(BLANKS)):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def integer(text: str | None) -> int | None:
    """Read a whole number ('3' or '3.0'); anything else is None."""
    value = number(text)
    return int(value) if value is not None and value.is_integer() else None


def boolean(text: str | None) -> bool | None:
    """Read a boolean in the spellings that the SQL macro text_to_boolean takes; else None."""
    return None if text is None else _BOOLEANS.get(text.strip(BLANKS).lower())


def grouped(rows: Iterable[Row], *columns: str) -> dict[tuple[str, ...], list[Row]]:
    """Rows by the values of some columns, sorted; rows that lack one of them are left out."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        parts = tuple([value for name in columns if (value := row.get(name)) is not None])
        if len(parts) == len(columns):
            groups.setdefault(parts, []).append(row)
    return dict(sorted(groups.items()))


def key_of(*parts: str | None) -> str:
    """Join the parts of a key as ``rejected_rows`` does: by ' | ', a missing part as '?'."""
    return " | ".join("?" if part is None else part for part in parts)


def listing(values: Iterable[object], most: int = 12) -> str:
    """Show some values in their order, parted by commas; a long list is cut."""
    texts = [str(value) for value in values]
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def unknown(
    table: str, key: str, column: str, value: str, known: Iterable[str], home: str | None = None
) -> Problem:
    """Report a value that is none of the known ones.

    Parameters
    ----------
    known : iterable of str
        The values that would do, in the order in which to offer them.
    home : str, optional
        The method table that defines the known values; without it the list is fixed.
    """
    choices = list(known)
    near = difflib.get_close_matches(value, choices, n=1)
    fix = f"Did you mean '{near[0]}'?" if near else f"Known values: {listing(choices) or 'none'}."
    if home:
        fix += f" Correct {column}, or add '{value}' to {home}."
    where = f"is not in {home}" if home else "is not known"
    return Problem(table, key, column, f"The {column} '{value}' {where}.", fix)


def fits(rule: Row, case: Mapping[str, str]) -> bool:
    """Whether a rule asks for these values or, where it is blank, for nothing."""
    return all(rule.get(column) in (None, value) for column, value in case.items())


def band_gap(rows: Iterable[Row], start: float, stop: float) -> tuple[float, float] | None:
    """First stretch from start to stop that no row holds.

    Bounds are inclusive and a blank one is open. None where all is held, and where a bound is no
    number, which another check reports.
    """
    bounds = []
    for row in rows:
        for column, open_end in (("lower_bound", -math.inf), ("upper_bound", math.inf)):
            text = row.get(column)
            bound = open_end if text is None else number(text)
            if bound is None:
                return None
            bounds.append(bound)
    covered = start
    for lower, upper in [*sorted(zip(bounds[::2], bounds[1::2], strict=True)), (stop, stop)]:
        if lower > covered:
            return covered, lower
        covered = max(covered, upper)
    return None


def cycles(below: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Circles that share no step, from parent to child, first name by alphabet first."""
    graph = {node: sorted(under) for node, under in sorted(below.items())}
    while True:
        try:
            TopologicalSorter(graph).prepare()
            return
        except CycleError as error:
            # graphlib takes the listed nodes for predecessors, so its path runs child to parent
            circle = list(reversed(error.args[1]))[:-1]
        start = circle.index(min(circle))
        path = [*circle[start:], *circle[:start], circle[start]]
        for parent, node in zip(path, path[1:], strict=False):
            graph[parent].remove(node)
        yield path
