"""What docs/bi.md tells BI developers to join, to filter and to open is there."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from scripts import catalogue
from tests.python.conftest import ROOT, Built
from tests.python.project.test_docs import blocks

PAGES = ["docs/bi.md", "docs/bi.zh-CN.md"]


def relations(target: Path) -> list[str]:
    """Return the rows of the table of relations, as the tests of the marts say them."""
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mart in catalogue.marts(manifest):
        for reference in mart.references:
            by = ", ".join(f"`{column}`" for column in reference.columns)
            found[f"`{reference.to}`", by].append(f"`{mart.name}`")
    order = sorted(found, key=lambda key: (-len(found[key]), key))
    return [f"| {to} | {by} | {', '.join(sorted(found[to, by]))} |" for to, by in order]


def test_the_relations_are_those_that_every_build_tests(demo: Built) -> None:
    page = (ROOT / "docs" / "bi.md").read_text("utf-8")
    shown = page.split("| To | By | From |\n|---|---|---|\n")[1].split("\n\n")[0]
    assert shown.splitlines() == relations(demo.target)


@pytest.mark.parametrize("page", PAGES)
def test_every_table_and_column_named_is_there(page: str, marts: duckdb.DuckDBPyConnection) -> None:
    text = (ROOT / page).read_text("utf-8")
    there: dict[str, set[str]] = defaultdict(set)
    for mart, column in marts.execute(
        "select table_name, column_name from duckdb_columns() where not internal"
    ).fetchall():
        there[mart].add(column)
    columns = set().union(*there.values())
    # a mart by its name, and columns as mart.column or mart[column]
    named = set(re.findall(r"\b((?:dim|fct)_\w+|rejected_rows|row_accounting)\b", text))
    assert named - set(there) == set()
    pairs = re.findall(r"\b((?:dim|fct)_\w+|rejected_rows)(?:\[(\w+)\]|\.(\w+))", text)
    made = {"segment_key", "parquet", "csv"}
    wrong = [(m, a or b) for m, a, b in pairs if (a or b) not in there[m] | made]
    assert wrong == []
    # any other name with an underscore in code is a column, or something of the publisher's
    known = {
        "published_marts",
        "marts_next",
        "marts_old",
        "segment_key",
        "published_for",
        "cell_status",
    }
    alone = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text)) - set(there)
    assert alone - columns <= known
    assert len(alone & columns) >= 5


def test_the_queries_find_something(marts: duckdb.DuckDBPyConnection) -> None:
    for query in blocks("docs/bi.md", "sql"):
        assert marts.execute(query).fetchall(), query
