"""Marts of two builds, row for row: texts, dates and counts exactly, floats to nine digits.

Rows are matched by the mart's grain, or where it has none by all that is not a float; rows of one
key are numbered, so that one row too many is found like any other. DuckDB does it on both files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from scripts.catalogue import quote
from scripts.figures import NINE_DIGITS, NOTHING
from scripts.publish import text
from tests.shared import BUILD_LOG

EXAMPLES = 3
SIDES = ("old", "new")
NUMBER = "golden_no"  # of rows with one key


@dataclass(frozen=True)
class Difference:
    """What differs in a table: a column, or where none is named the rows or the table itself."""

    table: str
    column: str
    says: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the difference as lines for people."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        return "\n".join([f"  {place}: {self.says}", *(f"      {row}" for row in self.examples)])


@dataclass(frozen=True)
class Compared:
    """How many tables were compared, and what differs."""

    tables: int
    differences: tuple[Difference, ...]


def compare(old: Path, new: Path, grains: Mapping[str, tuple[str, ...]]) -> Compared:
    """Compare all tables of two published files.

    Parameters
    ----------
    old, new
        DuckDB files.
    grains
        The columns that identify a row, by table; a table without any is compared by whole rows.

    Returns
    -------
    Compared
        Tables and columns of one side alone are differences, too.
    """
    with duckdb.connect() as con:
        for side, path in zip(SIDES, (old, new), strict=True):
            con.execute(f"attach {text(str(path))} as {side} (read_only)")
        tables = [_tables(con, side) for side in SIDES]
        found: list[Difference] = []
        for name in sorted(tables[0].keys() | tables[1].keys()):
            if name in tables[0] and name in tables[1]:
                found += _differences(con, name, tables[0][name], tables[1][name], grains)
            else:
                says = "the table is gone" if name in tables[0] else "the table is new"
                found.append(Difference(name, "", says))
    return Compared(len(tables[0].keys() | tables[1].keys()), tuple(found))


def _tables(con: duckdb.DuckDBPyConnection, side: str) -> dict[str, dict[str, str]]:
    """Return the tables of a side: per column its type."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        f"where database_name = '{side}' and schema_name = 'main' "
        f"and table_name != '{BUILD_LOG}' order by all"
    ).fetchall():
        tables.setdefault(table, {})[column] = kind
    return tables


def _differences(
    con: duckdb.DuckDBPyConnection,
    table: str,
    old: dict[str, str],
    new: dict[str, str],
    grains: Mapping[str, tuple[str, ...]],
) -> Iterator[Difference]:
    """Compare a table that both sides have."""
    for column in sorted(old.keys() ^ new.keys()):
        yield Difference(table, column, f"the column is {'gone' if column in old else 'new'}")
    both = sorted(old.keys() & new.keys())
    for column in both:
        if old[column] != new[column]:
            yield Difference(table, column, f"was {old[column]}, is {new[column]}")
    floats = {c for c in both if {old[c], new[c]} & {"DOUBLE", "FLOAT"}}
    grain = grains.get(table, ())
    keys = grain if grain and {*grain} <= {*both} else tuple(c for c in both if c not in floats)
    yield from _values(con, table, keys, [c for c in both if c not in keys], floats)


def _values(
    con: duckdb.DuckDBPyConnection,
    table: str,
    keys: tuple[str, ...],
    others: list[str],
    floats: set[str],
) -> Iterator[Difference]:
    """Compare the rows of a table in the columns that both sides have."""
    keyed = ", ".join(map(quote, keys)) or "null"
    order = ", ".join(map(quote, [*keys, *others])) or "1"
    for side in SIDES:
        con.execute(
            f"create or replace temp table {side}_rows as select *, row_number() over "
            f"(partition by {keyed} order by {order}) as {NUMBER} from {side}.main.{quote(table)}"
        )
    on = [f"o.{quote(c)} is not distinct from n.{quote(c)}" for c in (*keys, NUMBER)]
    joined = f"from old_rows as o full join new_rows as n on {' and '.join(on)}"
    changed = [_is_changed(c, c in floats) for c in others]
    counts = [
        f"count(*) filter (where n.{NUMBER} is null)",
        f"count(*) filter (where o.{NUMBER} is null)",
        *(f"count(*) filter (where o.{NUMBER} = n.{NUMBER} and {one})" for one in changed),
    ]
    lost, gained, *cells = con.execute(f"select {', '.join(counts)} {joined}").fetchall()[0]
    shown = [*keys] or others
    for number, side, other, says in (
        (lost, "o", "n", "rows are gone"),
        (gained, "n", "o", "rows are new"),
    ):
        if number:
            columns = ", ".join(f"{side}.{quote(c)}" for c in shown)
            rows = con.execute(
                f"select {columns} {joined} where {other}.{NUMBER} is null "
                f"order by all limit {EXAMPLES}"
            ).fetchall()
            yield Difference(table, "", f"{number:,} {says}", tuple(_key(shown, r) for r in rows))
    for column, number, one in zip(others, cells, changed, strict=True):
        if number:
            columns = ", ".join([f"o.{quote(c)}" for c in keys] or ["''"])
            rows = con.execute(
                f"select o.{quote(column)}, n.{quote(column)}, {columns} {joined} "
                f"where o.{NUMBER} = n.{NUMBER} and {one} order by {columns} limit {EXAMPLES}"
            ).fetchall()
            examples = tuple(f"{_key(keys, row[2:])}: {row[0]!r} → {row[1]!r}" for row in rows)
            yield Difference(table, column, f"{number:,} rows differ", examples)


def _is_changed(column: str, is_float: bool) -> str:
    """Return SQL that tells whether a column differs between o and n."""
    old, new = f"o.{quote(column)}", f"n.{quote(column)}"
    if not is_float:
        return f"{old} is distinct from {new}"
    near = (
        f"isfinite({old}) and isfinite({new}) and abs({old} - {new}) "
        f"<= greatest({NINE_DIGITS} * greatest(abs({old}), abs({new})), {NOTHING})"
    )
    return f"({old} is distinct from {new} and not coalesce({near}, false))"


def _key(names: tuple[str, ...] | list[str], row: tuple[Any, ...]) -> str:
    """Return a row's key for people."""
    pairs = zip(names, row, strict=False)
    return ", ".join(f"{name}={value}" for name, value in pairs) or "the only row"
