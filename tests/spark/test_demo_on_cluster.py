"""The demo on a standalone Spark cluster gives the marts that DuckDB gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import Built
from tests.spark.compare import differences, marts, report
from tests.spark.conftest import ONLY_BUILD, OnSpark


@pytest.fixture(scope="module")
def first(spark: OnSpark) -> Path:
    """Build the demo on the cluster, with every data test and unit test."""
    return spark.marts("first")


def off(demo: Built, found: Path) -> list[str]:
    """Say what differs between the marts of two builds."""
    known = marts(demo.target / "manifest.json")
    assert len(known) > 15
    build_file = demo.target / "satisfaction.duckdb"
    return [line for mart in known for line in differences(mart, build_file, found)]


def test_every_mart_is_the_same(demo: Built, first: Path) -> None:
    said = off(demo, first)
    assert not said, report(said)


def test_a_second_run_works_over_the_tables_of_the_first(
    demo: Built, first: Path, spark: OnSpark
) -> None:
    said = off(demo, spark.marts("second", *ONLY_BUILD))
    assert not said, report(said)
