"""What tests share: the demo, built once, and dbt within the process for cases."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from satisfaction.frames import LazyFrame, lazy
from tests.python.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
CONNECTION = duckdb.connect()


def on_duckdb(frame: pd.DataFrame) -> LazyFrame:
    """Hand a small frame to the engine that the models run in."""
    return lazy(CONNECTION.from_df(frame))


@dataclass(frozen=True)
class Built:
    """What `make build` did: its exit code, what it said, and where its files are."""

    code: int
    out: str
    err: str
    target: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published marts."""
        with duckdb.connect(str(self.target / "marts.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of the build."""
        return dict(json.loads((self.target / "manifest.json").read_text("utf-8")))

    def build_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build file, which holds base, staging and intermediate models too."""
        with duckdb.connect(str(self.target / "satisfaction.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()


def run_build(target: Path, *arguments: str, **dbt_vars: Any) -> Built:
    """Run scripts/build.py as a user would, into a target folder of its own.

    Few bootstrap draws save seconds of every build; what is read of intervals here needs no more.
    """
    arguments += ("--vars", json.dumps({"bootstrap_draws": 50} | dbt_vars))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "SATISFACTION_"))}
    done = subprocess.run(
        [sys.executable, "scripts/build.py", "--target-path", str(target), *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return Built(done.returncode, done.stdout, done.stderr, target)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """Build the demo once for all workers, with every data test and unit test."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "shared_demo"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker builds, the others wait and read
        if not (home / "said.json").exists():
            built = run_build(home / "target", "--unit-tests")
            said = {"code": built.code, "out": built.out, "err": built.err}
            (home / "said.json").write_text(json.dumps(said), encoding="utf-8")
    said = json.loads((home / "said.json").read_text(encoding="utf-8"))
    built = Built(target=home / "target", **said)
    if built.code:
        pytest.fail(f"the demo does not build:\n{built.out}\n{built.err}", pytrace=False)
    return built


@pytest.fixture
def marts(demo: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the demo's published marts."""
    with duckdb.connect(str(demo.target / "marts.duckdb"), read_only=True) as con:
        yield con


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return dbt within this process, for cases that need a few models only."""
    return Engine(tmp_path_factory.mktemp("engine"))
