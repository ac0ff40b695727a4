"""The pipeline's own compiled SQL and Python models without dbt: one plain DuckDB process.

Reads manifest.json and order.json of an earlier dbt run on an empty build file, and executes what
that run executed, node by node, in a copy of the same file (method tables loaded).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import Case, from_command_line  # noqa: E402

Connection = duckdb.DuckDBPyConnection


def same_settings(connection: Connection, wanted: dict[str, str]) -> None:
    """Give a connection the settings under which dbt's worked."""
    rows = connection.execute("select name, value from duckdb_settings()").fetchall()
    own = {name: value for name, value in rows}
    for name, value in wanted.items():
        if own.get(name) != value and name in (
            "memory_limit",
            "threads",
            "preserve_insertion_order",
        ):
            connection.execute(f"set {name} = '{value}'")


def build_python(connection: Connection, node: dict[str, Any]) -> None:
    """Build a Python model as dbt-duckdb does: call its function, store what it returns."""
    scope: dict[str, Any] = {}
    exec(compile(node["compiled_code"], node["name"], "exec"), scope)
    dbt = scope["dbtObj"](lambda name: connection.query(f"select * from {name}"))
    df = scope["model"](dbt, connection)  # noqa: F841  (DuckDB finds it by its name)
    connection.execute(f"create or replace table {node['relation_name']} as select * from df")


def build(connection: Connection, node: dict[str, Any]) -> None:
    """Build one node of the manifest."""
    if node["language"] == "python":
        build_python(connection, node)
        return
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    query = node["compiled_code"].strip().rstrip(";")
    connection.execute(f"create or replace {kind} {node['relation_name']} as {query}")


def main(case: Case) -> None:
    """Build every node of the earlier run, in its order."""
    manifest = json.loads((case.work / "manifest.json").read_text("utf-8"))
    earlier = json.loads((case.work / "order.json").read_text("utf-8"))
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    seconds = {}
    with duckdb.connect(str(case.work / "bench.duckdb")) as connection:
        same_settings(connection, earlier["settings"])
        started = time.perf_counter()
        for name in earlier["order"]:
            before = time.perf_counter()
            build(connection, nodes[name])
            seconds[name] = time.perf_counter() - before
        in_run = time.perf_counter() - started
    case.note(in_run=in_run, nodes=seconds)


if __name__ == "__main__":
    main(from_command_line())
