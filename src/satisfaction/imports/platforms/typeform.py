"""Typeform: a token first; times, network and ending last, always in English."""

from __future__ import annotations

from satisfaction.imports.headers import by_name, squeezed
from satisfaction.imports.platforms.description import (
    Description,
    Drop,
    Table,
    column,
    known,
    one_of,
)

NAME = "typeform"

KINDS = by_name(
    {
        "response_id": ["#"],
        "started_at": ["Start Date (UTC)"],
        "answered_at": ["Submit Date (UTC)"],
        "status": ["Response Type"],
        "personal": ["Network ID"],
        "derived": ["Stage Date (UTC)", "Tags", "Ending", "Score", "Winning Outcome"],
    }
)


def recognise(table: Table) -> bool:
    """Tell a file of Typeform by its columns of times in UTC, or its token and network."""
    names = {squeezed(cell) for cell in table.first}
    return "submitdateutc" in names or (
        bool(table.first) and table.first[0] == "#" and "networkid" in names
    )


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    columns = []
    for i, header in enumerate(table.first):
        kind = "response_id" if header == "#" else known(header, KINDS)
        if kind == "derived" and i < len(table.first) - 8:
            kind = None
        columns.append(column(i, header, kind=kind))
    by_kind = {c.kind: c.name for c in columns}
    unfinished = []
    if "status" in by_kind:
        unfinished.append(one_of(by_kind["status"], ["partial", "started"]))
    if "answered_at" in by_kind:
        unfinished.append(f"{by_kind['answered_at']} is null")
    drops = [Drop("partial", " or ".join(unfinished))] if unfinished else []
    return Description(1, columns, drops=drops, read={"time_zone": "UTC"})
