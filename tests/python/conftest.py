"""What tests share: the demo, built once, and dbt within the process for cases."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from satisfaction.core.frames import LazyFrame, lazy, one_blas_thread
from tests import shared
from tests.python.engine import Engine
from tests.shared import ROOT, Built, run_build

__all__ = ["ROOT", "Built", "demo", "engine", "marts", "on_duckdb", "run_build"]

CONNECTION = duckdb.connect()
one_blas_thread()  # as in the models


def on_duckdb(frame: pd.DataFrame) -> LazyFrame:
    """Hand a small frame to the engine that the models run in."""
    return lazy(CONNECTION.from_df(frame))


@pytest.fixture(scope="session")
def demo() -> Built:
    """Return the demo; nobody may change what lies in its folder."""
    return shared.demo()


@pytest.fixture
def marts(demo: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the demo's published marts."""
    with duckdb.connect(str(demo.target / "marts.duckdb"), read_only=True) as con:
        yield con


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that dbt builds: `make test` leaves them to `make test-cases`."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return dbt within this process, for cases that need a few models only."""
    return Engine(tmp_path_factory.mktemp("engine"))
