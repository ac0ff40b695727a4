"""What orders and tickets have in common: columns by name, customers, rows of a case replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file, rows, showing, writing
from satisfaction.imports.asking import Point
from satisfaction.imports.export import Column, Export
from satisfaction.imports.import_file import Document
from satisfaction.imports.labels import normal
from satisfaction.imports.personal import names_person
from satisfaction.imports.progress import on_stderr, told
from satisfaction.imports.sql import name, quoted
from satisfaction.imports.tables import case_tables
from satisfaction.imports.task import Task
from satisfaction.imports.writing import Case

Save = tuple[str, Callable[[Path], None]]


def find(export: Export, pattern: str) -> Column | None:
    """Return the column with one of some headers, told by regular expressions parted by `;`."""
    headers = [re.sub(r"[\s_]+", " ", normal(column.header)) for column in export.columns]
    for alternative in pattern.split(";"):
        for column, header in zip(export.columns, headers, strict=True):
            if re.fullmatch(alternative, header):
                return column
    return None


def needed(export: Export, pattern: str, what: str) -> Column:
    """Return a column that must be there.

    Raises
    ------
    SatisfactionError
        If it is not.
    """
    found = find(export, pattern)
    if found is None:
        known = ", ".join(column.header for column in export.columns[:10])
        raise SatisfactionError(
            f"no column holds {what}",
            table=export.path.name,
            fix=f"Export with that column; the file has {known} …",
        )
    return found


def customer(
    export: Export, task: Task, area: str, ids: Column | None, personal: Column | None
) -> tuple[str, str, bytes | None]:
    """Decide who the customer is.

    Parameters
    ----------
    export : Export
    task : Task
        The key of its case hashes what is personal.
    area : str
        Its place in import.yml.
    ids, personal : Column or None
        A column of customer ids, and one that names persons (e-mail).

    Returns
    -------
    str, str, bytes or None
        SQL of the customer, the header of its column (or none), and the key where it is a hash.
    """
    given = task.decisions.get(area, "customer")
    column = ids or personal
    if given and str(given).lower() != "none":
        found = [one for one in export.columns if normal(str(given)) == normal(one.header)]
        if not found:
            raise SatisfactionError(
                "there is no such column",
                table=export.path.name,
                column=str(given),
                fix="Name one of its columns with --customer",
            )
        column = found[0]
    elif not given and column is not None and column is personal:
        point = Point(
            (area, "customer"),
            f"Only {column.header} tells who the customer is. It names a person; it can be written "
            "as a keyed hash, whose key stays in the case.",
            ((column.header, "as a keyed hash"), ("none", "not at all: nobody is known again")),
            column.header,
        )
        column = column if task.decisions.settle(point) != "none" else None
    elif given:
        column = None
    if column is None:
        return "null", "none", None
    is_personal = column is personal or column.kind == "personal" or names_person(column.header)
    if not is_personal:
        return column.name, column.header, None
    key = rows.customer_key(task.folder)
    return rows.hashed(column.name, key), column.header, key


def tell(
    export: Export, task: Task, named: Mapping[str, str], customer_column: str, key: bytes | None
) -> None:
    """Say what the file is: its platform, the columns that are read, who the customer is."""
    for line in showing.platform(export):
        task.say(line)
    task.say("Columns:  " + ", ".join(f"{what} {header}" for what, header in named.items()))
    if customer_column == "none":
        customer_column = "none: nobody is known again"
    elif key:
        customer_column += rows.HASHED
    task.say(f"Customer: {customer_column}")


def replace_rows(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    table: str,
    key: str,
    columns: Sequence[str],
    view: str = "arrived",
) -> tuple[Callable[[Path], None], str]:
    """Put rows in the place of those that a case has under the same keys.

    Parameters
    ----------
    con : DuckDBPyConnection
    folder : Path
    table : str
        The raw table.
    key : str
        Its column; all rows of a key are replaced together.
    columns : sequence of str
    view : str
        Holds the new rows.

    Returns
    -------
    callable, str
        What writes the table to a path, and what changed.
    """
    path = folder / f"{table}.csv"
    names = ", ".join(name(column) for column in columns)
    keys = f"select distinct {key} from {view}"
    new, rest = keys, ""
    if path.is_file():
        con.execute(
            f"create or replace temp view before_{table} as select * from {rows.case_table(path)}"
        )
        there = {str(row[0]) for row in con.execute(f"describe before_{table}").fetchall()}
        cells = ", ".join(
            name(column) if column in there else f"null::varchar as {name(column)}"
            for column in columns
        )
        rest = f" union all select {cells} from before_{table} where {key} not in ({keys})"
        new = f"{keys} where {key} not in (select {key} from before_{table})"
    con.execute(f"create or replace temp view merged_{table} as select {names} from {view}{rest}")
    n, n_new = con.execute(
        f"select (select count(*) from ({keys})), (select count(*) from ({new}))"
    ).fetchone() or (0, 0)

    def save(target: Path) -> None:
        order = ", ".join(f"{name(column)} nulls last" for column in columns)
        with told(con, on_stderr, f"{target.name} is written"):
            con.execute(
                f"copy (select {names} from merged_{table} order by {order}) "
                f"to {quoted(str(target))} (format csv, header true)"
            )

    return save, f"{n:,} in the file, {n_new:,} of them new"


def order_of_times(export: Export, task: Task, area: str, times: Sequence[Column]) -> str:
    """Decide on the order of days and months of some columns; ymd where no cell needs it."""
    return rows.order_of_times(
        export.con,
        [column.name for column in times],
        "cells",
        export.path.name,
        export.platform,
        task.decisions,
        (area, "date_order"),
    )


def write(
    task: Task,
    area: str,
    lines: Document,
    order: str,
    file: Document,
    key: bytes | None,
    save: Save,
) -> bool:
    """Write the case of an area: its decisions, the file that was read, and its table.

    Parameters
    ----------
    task : Task
    area : str
        Its place in import.yml.
    lines : dict
        What was decided.
    order : str
        Of days and months.
    file : dict
        What is kept of the file.
    key : bytes or None
        Of hashed customers.
    save : tuple of str and callable
        The name of the table, and what writes it.

    Returns
    -------
    bool
        Whether the case has changed.
    """
    before = task.before
    document = {name: value for name, value in before.items() if name != area}
    document["tool"] = import_file.tool()
    files = import_file.with_file((before.get(area) or {}).get("files", []), file)
    settled = {} if order == "ymd" else {"date_order": order}
    document[area] = lines | settled | {"files": files}
    document["written"] = document.pop("written", None) or {}
    return writing.write(task.folder, Case(document, case_tables(document), dict([save]), key))
