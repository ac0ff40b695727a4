"""Builds of the project on DuckDB and on Spark, each in a process and a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from dbt.adapters.sparksession.cluster import local_cluster

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target" / "test-spark"
ONLY_BUILD = ("--exclude-resource-type", "test", "unit_test")
# runs of a minute or two: what Java's second compiler costs never pays
# with one compiler Java keeps 48 MB for code, which Spark's many small classes fill
JAVA = {
    "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
}


@dataclass(frozen=True)
class Build:
    """Where one engine builds one case."""

    folder: Path
    engine: str  # a target of profiles.yml
    dbt_vars: Mapping[str, Any]
    master: str = "local[2]"

    @property
    def file(self) -> Path:
        """DuckDB's file."""
        return self.folder / "marts.duckdb"

    @property
    def marts(self) -> Path:
        """Spark's marts, each a folder of Parquet files."""
        return self.folder / "marts"

    @property
    def manifest(self) -> Path:
        """What dbt knows of the project."""
        return self.folder / "dbt" / "manifest.json"

    def environment(self) -> dict[str, str]:
        """Return the environment of dbt's process: this one's, but for what would lead astray."""
        known = ("DBT_", "SATISFACTION_", "SPARK_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(known)}
        places = {
            "DBT_PROFILES_DIR": str(ROOT / "profiles"),
            "DBT_TARGET_PATH": str(self.folder / "dbt"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "SATISFACTION_DUCKDB": str(self.file),
            "SATISFACTION_SPARK_DIR": str(self.folder / "spark"),
            "SPARK_MASTER": self.master,
        }
        return kept | JAVA | places

    def arguments(self) -> list[str]:
        """Return what every dbt command is told."""
        return ["--target", self.engine, "--vars", json.dumps(dict(self.dbt_vars))]

    def run(self, *arguments: str) -> None:
        """Run `dbt build` in a fresh process."""
        command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build"]
        if self.engine == "spark":
            shutil.rmtree(self.marts, ignore_errors=True)
            command = [sys.executable, str(Path(__file__).with_name("build.py")), str(self.marts)]
        done = subprocess.run(
            [*command, *self.arguments(), *arguments],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=1800,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{self.engine} does not build:\n{done.stdout[-6000:]}", pytrace=False)


def fresh(name: str) -> Path:
    """Return an empty folder under target/."""
    shutil.rmtree(HOME / name, ignore_errors=True)
    (HOME / name).mkdir(parents=True)
    return HOME / name


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Run a master and two workers; their processes end with the tests."""
    quick = mock.patch.dict(os.environ, JAVA)
    with quick, local_cluster(workers=2, cores=1, memory="1g") as master:
        yield master
