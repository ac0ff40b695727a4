"""What tests of the uses of the marts share with the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import duckdb
import pytest

from reports.marts import Marts
from tests.python.conftest import Built, demo, engine, marts

__all__ = ["Altered", "altered", "demo", "engine", "marts", "shown"]

Altered = Callable[..., Marts]


@pytest.fixture(scope="module")
def shown(demo: Built) -> Iterator[Marts]:
    """Open the demo's marts as the report does."""
    with closing(Marts(demo.target / "marts.duckdb")) as opened:
        yield opened


@pytest.fixture
def altered(demo: Built, tmp_path: Path) -> Iterator[Altered]:
    """Open a copy of the demo's marts in which some rows are others."""
    copies: list[Path] = []
    with ExitStack() as opened:

        def alter(*statements: str) -> Marts:
            copies.append(path := tmp_path / f"marts{len(copies)}.duckdb")
            shutil.copy(demo.target / "marts.duckdb", path)
            with duckdb.connect(str(path)) as con:
                for statement in statements:
                    con.execute(statement)
            changed = Marts(path)
            opened.callback(changed.close)
            return changed

        yield alter
