"""What the marts are, for whoever shows them.

Read off dbt's manifest, and off docs/business_terms.csv, which labels them in both languages.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TERMS = ROOT / "docs" / "business_terms.csv"


class CatalogueError(Exception):
    """The catalogue cannot be made; the message names the file or the mart, and the fix."""


@dataclass(frozen=True)
class Column:
    """One column of a mart."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Reference:
    """Columns of a mart that name a row of another one, whose columns are named alike."""

    columns: tuple[str, ...]
    to: str


@dataclass(frozen=True)
class Mart:
    """One mart as the manifest describes it."""

    unique_id: str
    name: str
    relation: str
    folder: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, Column]
    references: tuple[Reference, ...]
    is_contracted: bool


def business_terms(path: Path = TERMS) -> dict[str, tuple[str, str]]:
    """Read the labels of marts and columns.

    Returns
    -------
    dict of str to (str, str)
        Per name of a mart or column its Chinese and its English label.

    Raises
    ------
    CatalogueError
        If a term stands there twice or lacks a label.
    """
    terms: dict[str, tuple[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            term, labels = row["term"], (row["label_zh"], row["label_en"])
            if term in terms or not all(labels):
                says = "stands there twice" if term in terms else "lacks a label"
                raise CatalogueError(f"{path.name}, line {number}: {term} {says}.\nFix: edit it.")
            terms[term] = labels
    return terms


def marts(manifest: dict[str, Any]) -> list[Mart]:
    """List the marts of a dbt manifest, by name: the models under models/marts.

    Their keys and what these refer to are read off their `keys` tests.
    """
    tests: dict[str, list[dict[str, Any]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            tests.setdefault(node["attached_node"], []).append(node)
    found = []
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or not node["path"].startswith("marts/"):
            continue
        # the first part of a relation name is the build file itself, whatever its name
        schema, alias = node["schema"], node.get("alias") or node["name"]
        mine = tests.get(unique_id, [])
        found.append(
            Mart(
                unique_id=unique_id,
                name=alias,
                relation=f"{quote(schema)}.{quote(alias)}",
                folder=node["path"].split("/")[1],
                description=node.get("description") or "",
                grain=next(grains(mine), ()),
                columns={
                    column["name"]: Column(
                        name=column["name"],
                        type=column.get("data_type") or "",
                        description=column.get("description") or "",
                    )
                    for column in node.get("columns", {}).values()
                },
                references=tuple(references(mine)),
                is_contracted=bool(node.get("config", {}).get("contract", {}).get("enforced")),
            )
        )
    return sorted(found, key=lambda mart: mart.name)


def keys(tests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return what the keys tests of a model promise."""
    for test in tests:
        if test["test_metadata"]["name"] == "keys":
            yield test["test_metadata"]["kwargs"]


def grains(tests: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Read off the columns that tell all rows of a model apart."""
    for promised in keys(tests):
        if "where" not in promised:
            yield tuple(promised["columns"])


def references(tests: list[dict[str, Any]]) -> Iterator[Reference]:
    """Read off what the columns of a model name."""
    for promised in keys(tests):
        for reference in promised.get("refers_to", []):
            yield Reference(tuple(reference["columns"]), reference["to"].split("'")[1])


def quote(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
