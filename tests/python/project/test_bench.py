"""The benchmark measures what it says: its data are the same every time, and contenders agree."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bench.case import Case
from bench.compare import DifferenceError, compare, compare_loyalty, export_marts
from bench.generate import generate
from bench.measure import run
from bench.more_types import TYPES, add_types
from bench.plan import LOYALTY, given_to_loyalty
from tests.python.engine import Engine

SIZE = "20k"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def cases(home: Path) -> dict[str, Path]:
    return generate(SIZE, ["survey", "behaviour"], home / "data")


@pytest.fixture(scope="module")
def pipeline(home: Path, cases: dict[str, Path], engine: Engine) -> Iterator[Path]:
    """What the project's own models say of the case: the marts and the factors' weights."""
    case = Case(cases["survey"], home / "pipeline")
    case.work.mkdir()
    failures = engine.run(
        "+fct_segment_satisfaction",
        "+fct_segment_factor_satisfaction",
        **case.vars,
        max_unknown_answers=1,  # its dirt is meant
    )
    assert not failures
    built = engine.target / "satisfaction.duckdb"
    export_marts(built, case.work)
    with duckdb.connect(str(built), read_only=True) as con:
        weights = str(case.work / "weights.parquet")
        con.execute(
            "copy (select factor_id, weight from py_satisfaction_weights "
            f"where factor_id is not null) to '{weights}'"
        )
    yield case.work


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in the order in which it is written."""
    paths = sorted(folder.rglob("*.parquet")) + sorted(folder.rglob("*.csv"))
    return {str(p.relative_to(folder)): duckdb.sql(f"from '{p}'").fetchall() for p in paths}


def test_data_depend_on_size_and_seed_alone(tmp_path: Path, cases: dict[str, Path]) -> None:
    again = generate(SIZE, list(cases), tmp_path / "again")
    other = generate(SIZE, list(cases), tmp_path / "other", seed=2)
    for name, folder in cases.items():
        assert contents(again[name]) == contents(folder)
        assert contents(other[name]) != contents(folder)


def test_answers_have_the_dirt_that_is_promised(cases: dict[str, Path]) -> None:
    answers = f"read_parquet('{cases['survey']}/survey_answers/*.parquet')"
    total, repeated, ties, blank, customers = duckdb.sql(f"""
        with keys as (
            select count(*) as n,
                count(distinct answered_at) < n and count(distinct answer) > 1 as tie
            from {answers} where response_id is not null
            group by survey_id, response_id, question_id
        )
        select (select count(*) from {answers}), sum(n - 1), count(*) filter (tie),
            (select count(*) from {answers} where coalesce(trim(answer), '') = ''),
            (select count(distinct customer_id) from {answers})
        from keys""").fetchall()[0]
    assert 0.9 * 20_000 < total < 1.1 * 20_000
    assert 0.005 < repeated / total < 0.02
    assert ties > 0
    assert 0.002 < blank / total < 0.01
    assert customers > 150


@pytest.mark.parametrize("name", ["handwritten", "in_pandas", "polars_streaming"])
def test_contender_gives_the_pipelines_rows(
    name: str, home: Path, cases: dict[str, Path], pipeline: Path
) -> None:
    if name == "polars_streaming":
        pytest.importorskip("polars", reason="polars is only in the benchmark's own lock")
    case = Case(cases["survey"], home / name)
    case.work.mkdir()
    shutil.copyfile(pipeline / "weights.parquet", case.work / "weights.parquet")
    importlib.import_module(f"bench.contenders.{name}").main(case)
    assert compare(pipeline, case.work, name) > 200


@pytest.fixture(scope="module")
def loyalty(home: Path, cases: dict[str, Path], engine: Engine) -> Path:
    """A copy of the build file with the loyalty branch, and what the hand-written script makes."""
    case = Case(cases["behaviour"], home / "loyalty")
    case.work.mkdir()
    assert not engine.run(*LOYALTY, **case.vars)
    built = case.work / "built.duckdb"
    shutil.copyfile(engine.target / "satisfaction.duckdb", built)
    given_to_loyalty(built, case.work)
    importlib.import_module("bench.contenders.handwritten_loyalty").main(case)
    return case.work


def test_handwritten_script_gives_the_months_of_the_loyalty_branch(loyalty: Path) -> None:
    compared = compare_loyalty(loyalty / "built.duckdb", loyalty / "months.parquet", "handwritten")
    assert compared > 2 * 24 * 150


@pytest.mark.parametrize(
    ("mart", "change"),
    [
        ("fct_loyalty_ladder", "ladder_level % 5 + 1 as ladder_level"),
        ("fct_customer_loyalty", "revenue * (1 + 1e-8) as revenue"),
        ("fct_loyalty_ladder", "customer_id || ' ' as customer_id"),
    ],
)
def test_months_of_loyalty_that_differ_are_an_error(
    mart: str, change: str, loyalty: Path, tmp_path: Path
) -> None:
    other = tmp_path / "months.parquet"
    duckdb.sql(
        f"copy (select * replace ({change}) from '{loyalty / 'months.parquet'}') to '{other}'"
    )
    with pytest.raises(DifferenceError, match=f"somebody: .* rows of {mart} differ"):
        compare_loyalty(loyalty / "built.duckdb", other, "somebody")


def test_further_types_cut_the_same_customers(tmp_path: Path, cases: dict[str, Path]) -> None:
    add_types(cases["survey"], tmp_path / "more")
    case = Case(tmp_path / "more", tmp_path)
    assert case.vars["segment_by"][-2:] == list(TYPES)
    assert case.first_future_day == Case(cases["survey"], tmp_path).first_future_day
    before, after = (
        duckdb.sql(f"from '{folder}/customers.parquet' order by customer_id, valid_from")
        for folder in (cases["survey"], case.data)
    )
    values = [name[2:] for name in TYPES]
    assert after.columns == [*before.columns, *values]
    assert [row[:-2] for row in after.fetchall()] == before.fetchall()
    for name in values:
        assert len({row[0] for row in after.select(name).fetchall()} - {None}) == 12


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("segments", "replace(standard_error * (1 + 1e-8) as standard_error)"),
        ("factors", "replace(case when factor_id = 'care' then n_level_3 + 1 else n_level_3 end"
                    " as n_level_3)"),
        ("segments", "replace(survey_id || ' ' as survey_id)"),
    ],
)  # fmt: skip
def test_a_contender_that_differs_is_an_error(
    table: str, change: str, pipeline: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(pipeline, other)
    changed = f"select * {change} from '{pipeline / table}.parquet'"
    duckdb.sql(f"copy ({changed}) to '{other / table}.parquet'")
    with pytest.raises(DifferenceError, match=f"somebody: .* rows of {table} differ"):
        compare(pipeline, other, "somebody")


def test_a_missing_result_is_an_error(pipeline: Path, tmp_path: Path) -> None:
    with pytest.raises(DifferenceError, match="left no segments.parquet"):
        compare(pipeline, tmp_path, "somebody")


def test_whole_process_tree_is_measured(tmp_path: Path) -> None:
    """A child holds 200 MB while its parent holds next to nothing."""
    child = "import time; held = bytearray(200_000_000); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    measured = run([sys.executable, "-c", parent], tmp_path / "log")
    assert measured.exit_code == 0
    assert measured.peak > 200_000_000
    assert 0 < measured.cpu
    assert measured.wall > 1
