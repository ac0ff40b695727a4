"""What the build file says of itself decides whether it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from satisfaction.core.code import code_version
from scripts import record
from tests.recorded import Recorder, manifest

GATE, A, B, TEST = (
    "model.dbt_satisfaction.method_rows",
    "model.dbt_satisfaction.a",
    "model.dbt_satisfaction.b",
    "test.dbt_satisfaction.grain_b",
)
PROJECT = manifest({"grain_b": ["b"]}, ["a", "b"])
WHOLE = {GATE: "success", A: "success", B: "success", TEST: "pass"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the build file is."""
    return tmp_path / "satisfaction.duckdb"


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    """Write the record of a build file."""
    with duckdb.connect(str(path)) as con:
        yield Recorder(con)


def said(recorder: Recorder, path: Path) -> str:
    """Return what is wrong, or an empty text."""
    recorder.con.close()
    return record.problem(path, PROJECT) or ""


def test_a_whole_build(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    assert said(recorder, path) == ""


def test_no_build_file(path: Path) -> None:
    assert record.problem(path, PROJECT) == f"{path}: no such build file."


def test_a_build_file_of_an_older_version(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table a as select 1 as x")
    assert "does not say which build wrote it" in (record.problem(path, PROJECT) or "")


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("garbage " * 9000)
    assert "broken, or of another DuckDB version.\nFix: remove it" in (
        record.problem(path, PROJECT) or ""
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({B: "error", TEST: "skipped"}, "b failed"),
        ({TEST: "fail"}, "the check grain_b failed"),
        ({TEST: "error"}, "the check grain_b failed"),
    ],
)
def test_a_build_that_failed(
    recorder: Recorder, path: Path, change: dict[str, str], says: str
) -> None:
    # what is skipped is not recorded
    recorder.run({k: v for k, v in (WHOLE | change).items() if v != "skipped"})
    assert says in said(recorder, path)


def test_a_retry_makes_it_whole(recorder: Recorder, path: Path) -> None:
    recorder.run({GATE: "success", A: "success", B: "error"})
    recorder.run({B: "success", TEST: "pass"})
    assert said(recorder, path) == ""


def test_a_second_select_makes_it_whole(recorder: Recorder, path: Path) -> None:
    recorder.run({GATE: "success", A: "success"}, command="run")
    recorder.run({B: "success"}, command="run")
    recorder.run({TEST: "pass"}, command="test")
    assert said(recorder, path) == ""


def test_a_table_that_was_never_built(recorder: Recorder, path: Path) -> None:
    recorder.run({GATE: "success", A: "success"})
    assert said(recorder, path) == "the build is not whole, as this was never built: b."


def test_a_partial_run_leaves_its_checks_behind(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({B: "success"}, command="run")
    assert "the check grain_b has not passed since" in said(recorder, path)


def test_a_check_that_nobody_asked(recorder: Recorder, path: Path) -> None:
    recorder.run({GATE: "success", A: "success", B: "success"}, command="run")
    assert "the check grain_b has not passed since" in said(recorder, path)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"rows": "other"}, "other raw rows"), ({"code": "other"}, "other code or vars")],
)
def test_a_mixture(recorder: Recorder, path: Path, change: dict[str, str], says: str) -> None:
    recorder.run(WHOLE)
    recorder.run({B: "success", TEST: "pass"}, **change)
    assert said(recorder, path) == (
        f"the build is a mixture: a, method_rows was built from {says} than the rest."
    )


def test_empty_tables(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({B: "success", TEST: "pass"}, has_all_rows=False)
    assert said(recorder, path).startswith("b was built with --empty or --sample")


def test_a_file_that_changed_while_it_was_read(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE, files_after="changed")
    assert "a raw file changed" in said(recorder, path)


def test_a_command_that_was_stopped(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({}, ends=False)
    assert said(recorder, path).endswith("was stopped before its end.")


def test_tests_that_were_stopped_have_written_no_table(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({}, ends=False, command="test")
    assert said(recorder, path) == ""


def test_a_whole_build_after_one_that_was_stopped(recorder: Recorder, path: Path) -> None:
    recorder.run({}, ends=False)
    recorder.run(WHOLE)
    assert said(recorder, path) == ""


def test_a_select_after_a_stop_does_not_hide_it(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({}, ends=False)
    recorder.run({B: "success", TEST: "pass"})
    assert said(recorder, path).endswith("was stopped before its end.")


def test_a_check_with_other_vars_is_none_of_this_build(recorder: Recorder, path: Path) -> None:
    recorder.run(WHOLE)
    recorder.run({TEST: "pass"}, command="test", code="other")
    assert said(recorder, path) == (
        "the check grain_b was last run with other code or vars than the build."
    )


def test_a_command_without_the_vars_of_the_case_locks_nobody_out(
    recorder: Recorder, path: Path
) -> None:
    """`dbt ls` writes a manifest of the demo, which has seeds that no other case has."""
    recorder.run(WHOLE)
    recorder.con.close()
    seed = PROJECT["nodes"][A] | {"resource_type": "seed", "name": "raw_customers"}
    nodes = PROJECT["nodes"] | {"seed.dbt_satisfaction.raw_customers": seed}
    assert record.problem(path, {"nodes": nodes}) is None


@pytest.mark.parametrize(("version", "says"), [(code_version(), ""), ("0" * 32, "has changed")])
def test_the_package_that_computed(recorder: Recorder, path: Path, version: str, says: str) -> None:
    """Models can be built without the one that says which package computes."""
    recorder.run(WHOLE)
    recorder.con.execute("create table py_package_version as select ? as version", [version])
    found = said(recorder, path)
    assert says in found and bool(says) == bool(found)
