"""Whether a build file is whole: what it says of itself (macros/core/record.sql)."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from scripts import messages
from scripts.catalogue import quote
from scripts.messages import some

PACKAGE = "dbt_satisfaction"
#: the model whose schema holds the record
HOME = f"model.{PACKAGE}.method_rows"


@dataclass(frozen=True)
class Command:
    """One dbt command that was at work in the build file; what it was is none where it was stopped.

    Attributes
    ----------
    started : datetime.datetime
        In UTC.
    code, rows : str
        Versions of the code and of the raw rows.
    is_whole : bool
        Whether it took all rows, and no raw file changed while it ran.
    """

    started: datetime.datetime
    code: str
    rows: str
    is_whole: bool


@dataclass(frozen=True)
class Node:
    """What the record says last of a table or a check."""

    command: Command
    status: str
    started: datetime.datetime
    finished: datetime.datetime


def read(
    con: duckdb.DuckDBPyConnection, schema: str
) -> tuple[dict[str, Node], list[datetime.datetime]]:
    """Read the record.

    Parameters
    ----------
    con
        A connection to the DuckDB file that dbt built.
    schema
        Where the record is.

    Returns
    -------
    tuple of dict and list
        The last word on each table and check, by unique id; and when the commands started that
        wrote tables and never came to an end.

    Raises
    ------
    duckdb.Error
        If the file cannot be read, or has no record.
    """
    events = """
        select
            starts.invocation_id, starts.happened_at, starts.command, ends.code_version,
            concat_ws(' ', ends.files_version, ends.tables_version),
            ends.has_all_rows and starts.files_version = ends.files_version
        from record.build_events as starts
        left join record.build_events as ends
            on starts.invocation_id = ends.invocation_id and ends.event = 'end'
        where starts.event = 'start'"""
    nodes = """
        select unique_id, invocation_id, status, started_at, finished_at from record.build_nodes
        qualify row_number() over (partition by unique_id order by finished_at desc) = 1"""
    told = con.execute(events.replace("record.", f"{quote(schema)}.")).fetchall()
    last = con.execute(nodes.replace("record.", f"{quote(schema)}.")).fetchall()
    commands = {row[0]: Command(row[1], row[3], row[4], row[5]) for row in told if row[3]}
    stopped = [row[1] for row in told if not row[3] and row[2] != "test"]
    known = {row[0]: Node(commands[row[1]], *row[2:]) for row in last if row[1] in commands}
    return known, stopped


def last_told(build_file: Path, manifest: dict[str, Any], table: str, column: str) -> str | None:
    """Return what the last command that built a table was told; none in files of older versions."""
    home = quote(manifest["nodes"][HOME]["schema"])
    with contextlib.closing(duckdb.connect(str(build_file), read_only=True)) as con:
        try:
            told = con.execute(
                f"select {column} from {home}.{table} order by happened_at desc limit 1"
            ).fetchone()
        except duckdb.CatalogException:
            told = None
    return str(told[0]) if told else None


def published_for(build_file: Path, manifest: dict[str, Any]) -> str:
    """Return for whom the marts are: the owner, where the build file does not say it."""
    return last_told(build_file, manifest, "build_readers", "published_for") or "owner"


def min_cell(build_file: Path, manifest: dict[str, Any]) -> int:
    """Return the least people of a cell that is passed on; 5 where the build file does not say."""
    return int(last_told(build_file, manifest, "build_cells", "min_cell") or 5)


def dbt_vars(build_file: Path, manifest: dict[str, Any]) -> str | None:
    """Return the vars of the build as YAML; none where the build file does not say them."""
    return last_told(build_file, manifest, "build_vars", "vars")


def wanted(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the models and checks that a whole build has, by unique id.

    dbt lists the checks of a model that is off, and never runs them. Which seeds there are depends
    on the vars of the command that wrote the manifest, be it a mere `dbt ls`; what a build read of
    them is in the versions of its rows and code.
    """
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["package_name"] == PACKAGE
        and node["resource_type"] in ("model", "test")
        and (node.get("attached_node") or unique_id) in manifest["nodes"]
    }


def problem(build_file: Path, manifest: dict[str, Any]) -> str | None:
    """Say why a build file is not whole; none where it is.

    It is whole if every table of the project is there, all of them built from the same rows by
    the same code, and every check passed after the tables that it reads were built.
    """
    if not build_file.is_file():
        return f"{build_file}: no such build file."
    schema = manifest["nodes"][HOME]["schema"]
    try:
        with contextlib.closing(duckdb.connect(str(build_file), read_only=True)) as con:
            known, stopped = read(con, schema)
            package = package_of(con, schema)
    except duckdb.CatalogException:
        return f"{build_file}: does not say which build wrote it, an older version did."
    except duckdb.Error as error:
        return messages.of_file(
            build_file, error, "remove it and build again; the published marts are not touched"
        )
    every = wanted(manifest)
    tables = {i: node["name"] for i, node in every.items() if node["resource_type"] != "test"}
    checks = {i: node["name"] for i, node in every.items() if node["resource_type"] == "test"}
    if missing := [name for unique_id, name in tables.items() if unique_id not in known]:
        return f"the build is not whole, as this was never built: {some(missing)}."
    oldest = min(known[unique_id].command.started for unique_id in tables)
    if late := [moment for moment in stopped if moment >= oldest]:
        return f"the dbt command of {max(late):%Y-%m-%d %H:%M} UTC was stopped before its end."
    if failed := [name for i, name in tables.items() if known[i].status != "success"]:
        return f"the build is not whole: {some(failed)} failed."
    if part := [name for i, name in tables.items() if not known[i].command.is_whole]:
        return (
            f"{some(part)} was built with --empty or --sample, or a raw file changed while it "
            "was read."
        )
    newest = max((known[unique_id].command for unique_id in tables), key=lambda c: c.started)
    return (
        mixture(tables, known, newest)
        or unchecked(every, checks, known, newest)
        or other_package(package)
    )


def mixture(tables: dict[str, str], known: dict[str, Node], newest: Command) -> str | None:
    """Say which tables are of other rows or other code than the newest one."""
    for what, says in (("rows", "other raw rows"), ("code", "other code or vars")):
        other = [
            name
            for unique_id, name in tables.items()
            if getattr(known[unique_id].command, what) != getattr(newest, what)
        ]
        if other:
            return f"the build is a mixture: {some(other)} was built from {says} than the rest."
    return None


def unchecked(
    every: dict[str, dict[str, Any]],
    checks: dict[str, str],
    known: dict[str, Node],
    newest: Command,
) -> str | None:
    """Say which checks have failed, or have not passed as the tables now are."""
    failed, old, other = [], [], []
    for unique_id, name in checks.items():
        parents = [p for p in every[unique_id]["depends_on"]["nodes"] if p in known]
        node = known.get(unique_id)
        if not node or any(node.started < known[parent].finished for parent in parents):
            old.append(name)
        elif node.status != "pass":
            failed.append(name)
        elif node.command.code != newest.code:
            other.append(name)
    if failed:
        return f"the check {some(failed)} failed."
    if other:
        return f"the check {some(other)} was last run with other code or vars than the build."
    if old:
        return f"the check {some(old)} has not passed since what it reads was built."
    return None


def package_of(con: duckdb.DuckDBPyConnection, schema: str) -> str | None:
    """Return the version of the Python package that the build says; none where it says none."""
    try:
        ((version,),) = con.execute(
            f"select version from {quote(schema)}.py_package_version"
        ).fetchall()
    except duckdb.CatalogException:
        return None
    return str(version)


def other_package(version: str | None) -> str | None:
    """Say whether the Python package was changed since the build says which one computed it.

    dbt builds `py_package_version` as any other model, so a command that leaves it out records the
    version of before.
    """
    if version is None or not importlib.util.find_spec("satisfaction"):
        return None
    from satisfaction.core.code import code_version

    if version == code_version():
        return None
    return "the Python package satisfaction has changed since the build."
