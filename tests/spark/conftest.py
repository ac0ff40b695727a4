"""One Spark session on a cluster of this machine, in which all builds of these tests run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from dbt.adapters.sparksession.cluster import SHORT_RUNS, local_cluster
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from scripts.build import release_build_file
from tests import shared
from tests.shared import BUILD_LOG, ROOT, Built

HOME = ROOT / "target" / "test-spark"
ONLY_BUILD = ("--exclude-resource-type", "test", "unit_test")
# each query costs Spark a third of a second, whatever it reads
TESTS_IN_A_QUERY = 12
# the shared demo's: a var that differs would be a difference, and another parse of the project
DEMO_VARS = {"bootstrap_draws": 50}
JAVA = {"JDK_JAVA_OPTIONS": SHORT_RUNS}


def fresh(name: str) -> Path:
    """Return an empty folder under target/."""
    shutil.rmtree(HOME / name, ignore_errors=True)
    (HOME / name).mkdir(parents=True)
    return HOME / name


class Dbt:
    """dbt in this process on one engine, which keeps a Spark session from command to command."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.home = fresh(target)
        self.file = self.home / "marts.duckdb"

    def invoke(self, *arguments: str, dbt_vars: Mapping[str, Any] = DEMO_VARS) -> Any:
        """Run a dbt command, and return what dbt returns."""
        places = ["--profiles-dir", str(ROOT), "--project-dir", str(ROOT)]
        places += ["--target-path", str(self.home / "dbt"), "--log-path", str(self.home / "logs")]
        told = ["--target", self.target, "--vars", json.dumps(dict(dbt_vars))]
        with mock.patch.dict(os.environ, {"SATISFACTION_DUCKDB": str(self.file)}):
            return dbtRunner().invoke([*arguments, "--log-level", "none", *places, *told])

    def build(self, *arguments: str, dbt_vars: Mapping[str, Any] = DEMO_VARS) -> list[Any]:
        """Build, and return the marts that were built."""
        done = self.invoke("build", *arguments, dbt_vars=dbt_vars)
        release_build_file()
        if not done.success:
            bad = [r for r in done.result or [] if r.status not in ("success", "pass", "skipped")]
            said = [f"{result.node.name}: {result.message}" for result in bad[:10]]
            says = "\n".join([str(done.exception or ""), *said])
            pytest.fail(f"{self.target} does not build:\n{says}", pytrace=False)
        nodes = [result.node for result in done.result]
        return [n for n in nodes if n.resource_type == "model" and n.fqn[1] == "marts"]


@pytest.fixture(scope="session")
def demo() -> Built:
    """Return the demo that all suites share: `make test-spark` has built it on DuckDB."""
    return shared.demo(builds=False)


@pytest.fixture(scope="session")
def duckdb() -> Dbt:
    """Return dbt on DuckDB."""
    return Dbt("ci")


class OnSpark(Dbt):
    """Builds on the cluster; the marts are written as files, since some are views."""

    def failed_tests(self) -> list[str]:
        """Ask all generic tests of the project, some in a query; return those that found rows."""
        done = self.invoke("compile", "--select", "test_type:generic")
        assert done.success, done.exception
        tests = [result.node for result in done.result]
        assert {test.config.fail_calc for test in tests} == {"count(*)"}
        asked = [
            f"select '{test.name}' as name, count(*) as n_rows from ({test.compiled_code})"
            for test in tests
        ]
        session = SparkSession.builder.getOrCreate()
        answers = [
            row
            for start in range(0, len(asked), TESTS_IN_A_QUERY)
            for row in session.sql(
                " union all ".join(asked[start : start + TESTS_IN_A_QUERY])
            ).collect()
        ]
        # one for each mart at least
        assert len(answers) == len(tests) > 80
        return [row.name for row in answers if row.n_rows]

    def marts(self, name: str, *arguments: str, dbt_vars: Mapping[str, Any] = DEMO_VARS) -> Path:
        """Build, and write each mart that was built into a folder of its own."""
        folder = self.home / name
        built = self.build(*arguments, dbt_vars=dbt_vars)
        session = SparkSession.builder.getOrCreate()
        for node in built:
            if node.name == BUILD_LOG:
                assert session.table(node.relation_name).count() > 0
                continue
            frame = session.table(node.relation_name)
            frame.coalesce(1).write.mode("overwrite").parquet(str(folder / node.name))
        return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[OnSpark]:
    """Run a master and two workers; their processes end with the tests."""
    known = ("DBT_", "SATISFACTION_", "SPARK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(known)}
    with mock.patch.dict(os.environ, kept | JAVA, clear=True):
        with local_cluster(workers=2, cores=1, memory="1g") as master:
            here = OnSpark("spark")
            os.environ["SATISFACTION_SPARK_DIR"] = str(here.home)
            os.environ["SPARK_MASTER"] = master
            yield here
