"""What dbt itself leaves in a build file: a part is not published until the rest is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import publish
from tests.shared import Built, run_dbt


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
        done = run_dbt(target, command, bootstrap_draws=50)
        assert done.returncode == 0, done.stdout + done.stderr
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
