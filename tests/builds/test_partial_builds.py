"""What dbt itself leaves in a build file: a part is not published until the rest is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import publish
from tests.shared import ROOT, Built, environment


@pytest.fixture(scope="module")
def target(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a copy of the demo's build, without what was published."""
    home = tmp_path_factory.mktemp("partial") / "target"
    home.mkdir()
    for name in ("satisfaction.duckdb", "manifest.json", "partial_parse.msgpack"):
        shutil.copy(demo.target / name, home)
    yield home
    shutil.rmtree(home)


def says(target: Path, command: str = "") -> str:
    """Run a dbt command on the build, and return why it could not be published; "" where it can."""
    if command:
        places = ["--profiles-dir", ".", "--target-path", str(target), "--quiet"]
        subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), *command.split(), *places]
            + ["--vars", json.dumps({"bootstrap_draws": 50})],
            cwd=ROOT,
            env=environment(),
            check=True,
        )
    try:
        publish.check_build(target, target / "satisfaction.duckdb")
    except publish.PublishError as error:
        return str(error)
    return ""


def test_a_part_built_without_rows_is_refused_until_it_is_built_and_checked(target: Path) -> None:
    assert says(target) == ""
    assert says(target, "ls --resource-type source") == ""
    assert "fct_kano was built with --empty" in says(target, "run --select fct_kano --empty")
    assert "has not passed since" in says(target, "run --select fct_kano")
    assert says(target, "test --select fct_kano --indirect-selection eager") == ""
