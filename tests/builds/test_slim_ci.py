"""dbt as engineers use it: the commands of docs/dbt.md on a project in which something changed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.shared import ROOT, Built, environment

PAGE = (ROOT / "docs" / "dbt.md").read_text("utf-8")
(LISTS, BUILDS) = re.findall(r"^dbt (.* --state .*)$", PAGE, flags=re.M)
MODEL = "models/marts/drivers/fct_kano.sql"


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project."""
    home = tmp_path_factory.mktemp("branch")
    for name in ("docs", "macros", "models", "python_models", "seeds"):
        shutil.copytree(ROOT / name, home / name)
    shutil.copytree(ROOT / "tests" / "integrity", home / "tests" / "integrity")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, home)
    return home


def dbt(branch: Path, main: Built, arguments: str) -> tuple[int, str]:
    """Run a command of the page in the copy, over the demo; exit code and output."""
    (branch / "target" / "main").mkdir(parents=True, exist_ok=True)
    shutil.copy(main.target / "manifest.json", branch / "target" / "main")
    over = {"SATISFACTION_DUCKDB": str(main.target / "satisfaction.duckdb")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *shlex.split(arguments)],
        cwd=branch,
        env=environment() | over | {"DBT_PROFILES_DIR": "."},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_changed_is_listed_and_built_over_the_rest(branch: Path, demo: Built) -> None:
    assert dbt(branch, demo, LISTS) == (0, "")
    path = branch / MODEL
    path.write_text(path.read_text("utf-8") + "-- changed\n", "utf-8")
    code, listed = dbt(branch, demo, LISTS)
    assert code == 0
    models = [name for name in listed.split() if ".keys_" not in name]
    assert models == ["dbt_satisfaction.marts.drivers.fct_kano"]
    code, said = dbt(branch, demo, BUILDS)
    assert code == 0, said
    with duckdb.connect(str(branch / "target" / "slim.duckdb"), read_only=True) as con:
        tables = con.execute("select table_name from duckdb_tables()").fetchall()
        kinds = ("events", "nodes", "deliveries", "readers", "vars", "cells")
        record = {(f"build_{kind}",) for kind in kinds}
        assert {*tables} == {("fct_kano",)} | record
        (found,) = con.execute("select count(*) from fct_kano").fetchall()
    assert [found] == demo.rows("select count(*) from fct_kano")


def test_nothing_to_do_is_no_error(branch: Path, demo: Built) -> None:
    code, said = dbt(branch, demo, "source freshness --target slim --target-path target/slim")
    assert code == 0 and "Nothing to do" in said, said
