"""Exports made by hand: what a reader hands on, without a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb

from satisfaction.imports.export import Column, Export


def column(header: str, kind: Any = None, **more: Any) -> Column:
    """A column whose place is not known yet."""
    given = {"key": header, "question": header} | more
    return Column(position=0, header=header, kind=kind, **given)


def export(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | None]],
    *,
    dropped: Mapping[int, str] | None = None,
    platform: str = "plain",
    area: Literal["survey", "orders", "tickets"] = "survey",
    name: str = "export.csv",
    has_running_ids: bool = False,
    read: Mapping[str, str] | None = None,
) -> Export:
    """An export with these cells; blank ones are none."""
    placed = tuple(
        Column(**{**vars(one), "position": position}) for position, one in enumerate(columns)
    )
    con = duckdb.connect()
    names = ", ".join(f"{one.name} varchar" for one in placed)
    con.execute(f"create table cells (row_number bigint, {names})")
    con.execute("create table dropped (row_number bigint, reason varchar)")
    marks = ", ".join("?" * (len(placed) + 1))
    values = [[i, *(cell or None for cell in row)] for i, row in enumerate(rows, 1)]
    if values:
        con.executemany(f"insert into cells values ({marks})", values)
    for number, reason in (dropped or {}).items():
        con.execute("insert into dropped values (?, ?)", [number, reason])
    sha = hashlib.sha256(repr((columns, rows)).encode()).hexdigest()
    return Export(Path(name), sha, platform, area, con, placed, has_running_ids, dict(read or {}))
