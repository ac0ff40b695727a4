"""The demo on a standalone Spark cluster gives the marts that DuckDB gives."""

from __future__ import annotations

import pytest

from tests.spark.compare import differences, marts, report
from tests.spark.conftest import ONLY_BUILD, Build, fresh


@pytest.fixture(scope="module")
def duckdb() -> Build:
    """Build the demo on DuckDB."""
    build = Build(fresh("demo-duckdb"), "ci", {})
    build.run(*ONLY_BUILD)
    return build


@pytest.fixture(scope="module")
def spark(cluster: str) -> Build:
    """Build the demo on the cluster, with every data test and unit test."""
    build = Build(fresh("demo-spark"), "spark", {}, cluster)
    build.run()
    return build


def off(duckdb: Build, spark: Build) -> list[str]:
    """Say what differs between the marts of two builds."""
    known = marts(duckdb.manifest)
    assert len(known) > 15
    return [line for mart in known for line in differences(mart, duckdb.file, spark.marts)]


def test_every_mart_is_the_same(duckdb: Build, spark: Build) -> None:
    said = off(duckdb, spark)
    assert not said, report(said)


def test_a_second_run_works_over_the_tables_of_the_first(duckdb: Build, spark: Build) -> None:
    spark.run(*ONLY_BUILD)
    said = off(duckdb, spark)
    assert not said, report(said)
