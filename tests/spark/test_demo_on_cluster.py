"""The demo on a standalone Spark cluster gives the marts that DuckDB gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import Built
from tests.spark.compare import differences, marts, report
from tests.spark.conftest import ONLY_BUILD, OnSpark


@pytest.fixture(scope="module")
def first(spark: OnSpark) -> Path:
    """Build the demo on the cluster, with every unit test and the checks of tests/integrity."""
    return spark.marts("first", "--exclude", "test_type:generic")


def off(demo: Built, found: Path) -> list[str]:
    """Say what differs between the marts of two builds, among those that Spark has built."""
    built = {path.name for path in found.iterdir()}
    known = [mart for mart in marts(demo.target / "manifest.json") if mart.name in built]
    assert len(known) == len(built)
    build_file = demo.target / "satisfaction.duckdb"
    return [line for mart in known for line in differences(mart, build_file, found)]


def test_every_mart_is_the_same(demo: Built, first: Path) -> None:
    assert {path.name for path in first.iterdir()} == {
        mart.name for mart in marts(demo.target / "manifest.json")
    }
    said = off(demo, first)
    assert not said, report(said)


@pytest.mark.usefixtures("first")
def test_every_data_test_passes(spark: OnSpark) -> None:
    assert spark.failed_tests() == []


def test_a_second_run_works_over_the_tables_of_the_first(
    demo: Built, first: Path, spark: OnSpark
) -> None:
    """The branch has seeds, views, tables and incremental models, in SQL and in Python."""
    second = spark.marts("second", "--select", "+fct_segment_satisfaction", *ONLY_BUILD)
    said = off(demo, second)
    assert not said, report(said)
