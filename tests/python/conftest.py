"""Builds that tests share: the demo once, and cases of any folder."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
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

    def build_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build file, which holds base, staging and intermediate models too."""
        with duckdb.connect(str(self.target / "satisfaction.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()


def run_build(target: Path, *arguments: str) -> Built:
    """Run scripts/build.py as a user would, into a target folder of its own."""
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


BuildCase = Callable[..., Built]


@pytest.fixture(scope="session")
def build_case(tmp_path_factory: pytest.TempPathFactory) -> BuildCase:
    """Return a function that builds a case from a folder, or from texts of files.

    Every case is laid into one and the same folder and built into one and the same target folder,
    emptied before, so that dbt need not parse the project again: a second or two a case are saved.
    What an earlier case built is gone, so read it before the next one; `keep=True` builds into a
    target folder that stays.
    """
    home = tmp_path_factory.mktemp("cases")

    def build(
        data: Path | Mapping[str, str | bytes],
        method: Path | Mapping[str, str | bytes] | None = None,
        *arguments: str,
        keep: bool = False,
    ) -> Built:
        target = tmp_path_factory.mktemp("kept") / "target" if keep else home / "target"
        for name in ("satisfaction.duckdb", "satisfaction.duckdb.wal", "marts.duckdb", "marts"):
            (target / name).unlink(missing_ok=True)
        more = ["--data", str(lay(home / "data", data))]
        if method is not None:
            more += ["--method", str(lay(home / "method", method))]
        return run_build(target, *more, *arguments)

    return build


def lay(folder: Path, source: Path | Mapping[str, str | bytes]) -> Path:
    """Fill a folder with copies of a case's files, or with the given texts."""
    shutil.rmtree(folder, ignore_errors=True)
    if isinstance(source, Path):
        return Path(shutil.copytree(source, folder))
    folder.mkdir(parents=True)
    for name, content in source.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return dbt within this process, for cases that need a few models only."""
    return Engine(tmp_path_factory.mktemp("engine"))
