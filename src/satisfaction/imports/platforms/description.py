"""What a platform says of a file, and what it is shown of it to say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import duckdb

from satisfaction.imports.export import Column, Kind
from satisfaction.imports.headers import squeezed, without_number
from satisfaction.imports.personal import names_person
from satisfaction.imports.sql import quoted

Reason = Literal["preview", "test", "spam", "partial", "not_a_row"]


@dataclass(frozen=True)
class Table:
    """A file as the table `loaded` of texts, its headers among the rows.

    Attributes
    ----------
    path : Path
    con : DuckDBPyConnection
    width : int
    head : tuple of tuple of str
        The first rows, blank where a cell is null.
    dictionary : mapping of str to Column
        What a companion file says of columns, by variable name.
    """

    path: Path
    con: duckdb.DuckDBPyConnection
    width: int
    head: tuple[tuple[str, ...], ...]
    dictionary: Mapping[str, Column] = field(default_factory=dict)

    @property
    def first(self) -> tuple[str, ...]:
        """The first row: on most platforms the header."""
        return self.head[0] if self.head else ()

    def row(self, number: int) -> tuple[str, ...]:
        """Give a row of the head, blank if the file has fewer."""
        return self.head[number] if number < len(self.head) else ("",) * self.width

    def values(self, position: int, skip: int, limit: int = 1000) -> list[str]:
        """Give distinct filled cells of a column below its headers."""
        rows = self.con.execute(
            f"select distinct c{position} from loaded"
            f" where rowid >= {skip} and c{position} is not null limit {limit}"
        ).fetchall()
        return [row[0] for row in rows]


@dataclass(frozen=True)
class Drop:
    """Rows that are no finished answer: the condition is SQL over the columns of `loaded`."""

    reason: Reason
    condition: str


@dataclass(frozen=True)
class Description:
    """What a platform says of a file.

    Attributes
    ----------
    header_rows : int
        Rows before the first answer.
    columns : sequence of Column
    area : {"survey", "orders", "tickets"}
    has_running_ids : bool
    drops : sequence of Drop
        In the order of their weight: a row has the first reason that holds.
    cells : mapping of int to str
        SQL that takes the place of a column's cells.
    merged : sequence of tuple of int
        Columns that are options of one question with one answer, if no row has two of them.
    read : mapping of str to str
    """

    header_rows: int
    columns: Sequence[Column]
    area: Literal["survey", "orders", "tickets"] = "survey"
    has_running_ids: bool = False
    drops: Sequence[Drop] = ()
    cells: Mapping[int, str] = field(default_factory=dict)
    merged: Sequence[tuple[int, ...]] = ()
    read: Mapping[str, str] = field(default_factory=dict)


class Platform(Protocol):
    """A module per platform."""

    NAME: str

    def recognise(self, table: Table) -> bool:
        """Tell whether the file is one of this platform."""

    def describe(self, table: Table) -> Description:
        """Say what rows and columns are."""


def known(header: str, kinds: Mapping[str, str]) -> Kind | None:
    """Give the kind of a column by its header, from a mapping of `by_name`."""
    return kinds.get(squeezed(header))  # type: ignore[return-value]


def column(
    position: int,
    header: str,
    *,
    kind: Kind | None = None,
    question: str | None = None,
    label: str = "",
    key: str | None = None,
) -> Column:
    """Give a column; what its header says of a person counts unless the platform knows better."""
    if kind is None and not label and names_person(header):
        kind = "personal"
    text = without_number(header) if question is None else question
    return Column(position, key or without_number(header), header, text, label, kind)


def with_kind(columns: Iterable[Column], kinds: Mapping[int, Kind]) -> list[Column]:
    """Give the columns, those at some positions with another kind."""
    return [replace(c, kind=kinds.get(c.position, c.kind)) for c in columns]


def carried_on(row: Sequence[str], where: Sequence[bool]) -> list[str]:
    """Fill blanks of a header row with what is left of them, where a second row has a text."""
    found: list[str] = []
    for text, allowed in zip(row, where, strict=True):
        found.append(text or (found[-1] if found and allowed else ""))
    return found


def is_time(text: str) -> bool:
    """Tell whether a cell is a date, with or without its time.

    Examples
    --------
    >>> is_time("3/3/25 9:06:47"), is_time("2025-03-03"), is_time("How long?"), is_time("5")
    (True, True, False, False)
    """
    return bool(re.match(r"^\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}", text))


def one_of(name: str, words: Iterable[str]) -> str:
    """Give the SQL that tells whether a cell is one of some words, in any case."""
    return f"coalesce(lower({name}) in ({', '.join(quoted(w.lower()) for w in words)}), false)"
