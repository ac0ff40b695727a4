"""Marts of two builds side by side, row for row: DuckDB's file and Spark's Parquet files.

Keys, counts, texts, dates, levels and flags must be the same; floats may differ by 1e-9, relative
to max(1, |x|). What Spark wrote is read by DuckDB: a reader other than the writer.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.shared import BUILD_LOG

TOLERANCE = 1e-9
SHOWN = 10  # differences in a message
KINDS = {
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "TIMESTAMP": "time",
    "TIMESTAMP WITH TIME ZONE": "time",
}


@dataclass(frozen=True)
class Mart:
    """A mart of the manifest and the columns that identify its rows; none: the whole row does."""

    name: str
    keys: tuple[str, ...]


def marts(manifest: Path) -> list[Mart]:
    """Return every mart of figures in a manifest.json, with the columns of its grain test."""
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"]
    keys: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        told = test.get("kwargs") or {}
        if test.get("name") == "keys" and not told.get("where"):
            keys[node["attached_node"]] = tuple(told["columns"])
        elif test.get("name") == "unique":
            keys.setdefault(node["attached_node"], (told["column_name"],))
    return [
        Mart(node["name"], keys.get(name, ()))
        for name, node in sorted(nodes.items())
        if node["resource_type"] == "model"
        and node["fqn"][1] == "marts"
        and node["name"] != BUILD_LOG
    ]


def differences(mart: Mart, build_file: Path, spark_marts: Path) -> list[str]:
    """Say what differs in a mart, one line each: mart, key, column, both values.

    Parameters
    ----------
    mart : Mart
        Which one.
    build_file : Path
        Database file of the DuckDB build.
    spark_marts : Path
        Folder with one folder of Parquet files per mart.
    """
    with duckdb.connect(str(build_file), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        ours = con.table(mart.name)
        theirs = con.read_parquet(f"{spark_marts}/{mart.name}/*.parquet")
        expected, found = columns(ours), columns(theirs)
        if expected != found:
            return [f"{mart.name}: columns are {expected} on DuckDB and {found} on Spark"]
        return row_differences(mart, list(expected), rows(ours), rows(theirs))


def columns(relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Return the kind of every column; integers of any width are one kind."""
    types = zip(relation.columns, map(str, relation.types), strict=True)
    return {name: KINDS.get(kind, kind) for name, kind in types}


def rows(relation: duckdb.DuckDBPyRelation) -> list[tuple[Any, ...]]:
    """Return the rows, instants as times without a zone."""
    told = [
        f'cast("{name}" as timestamp) as "{name}"' if kind == "time" else f'"{name}"'
        for name, kind in columns(relation).items()
    ]
    return relation.project(", ".join(told)).fetchall()


def row_differences(
    mart: Mart, names: list[str], ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]
) -> list[str]:
    """Say which rows one engine lacks, and which values differ in the rows that both have."""
    places = [names.index(key) for key in mart.keys or names]
    expected, found = by_key(ours, places), by_key(theirs, places)
    said = []
    for key in itertools.chain(expected, (key for key in found if key not in expected)):
        left, right = expected.get(key, []), found.get(key, [])
        named = zip((names[place] for place in places), key, strict=True)
        row = ", ".join(f"{name}={value!r}" for name, value in named)
        if len(left) != len(right):
            said.append(f"{mart.name}: {len(left)} rows on DuckDB, {len(right)} on Spark: {row}")
            continue
        for one, other in zip(left, right, strict=True):
            said += [
                f"{mart.name}: {row}: {name} is {a!r} on DuckDB, {b!r} on Spark"
                for name, a, b in zip(names, one, other, strict=True)
                if not same(a, b)
            ]
    return said


def by_key(
    table: list[tuple[Any, ...]], places: list[int]
) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
    """Return the rows of every key."""
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in table:
        found.setdefault(tuple(row[place] for place in places), []).append(row)
    return found


def same(a: Any, b: Any) -> bool:
    """Tell whether two values count as the same; a missing value is like no other."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(a) is type(b) and bool(a == b)


def report(said: list[str]) -> str:
    """Join the first differences into a message."""
    more = [f"… and {len(said) - SHOWN} more"] if len(said) > SHOWN else []
    return "\n".join([f"{len(said)} differences", *said[:SHOWN], *more])
