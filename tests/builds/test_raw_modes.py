"""The three sources of raw data give the same marts: to the row, and to the last digit.

The demo is exported as files (CSV, Parquet and a folder of Parquet parts, every table in another
order) and as tables of a database schema (one of them under a name of its own, one absent), these
with one method table from a folder of its own. Declared extra columns: see test_examples.py.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.python.conftest import ROOT, Built, run_build
from tests.python.engine import Engine
from tests.shared import BUILD_LOG

SEEDS = ROOT / "seeds" / "raw"
PARQUET = {"transactions", "complaints", "customer_profiles", "surveys", "survey_wide"}
IN_PARTS = "survey_answers"
RENAMED = "customers"
Mart = tuple[list[str], list[tuple[Any, ...]]]


def read_seeds() -> dict[str, pd.DataFrame]:
    """Raw tables of the demo as text; a blank is an empty text."""
    return {
        path.stem.removeprefix("raw_"): pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(SEEDS.glob("raw_*.csv"))
    }


def write_files(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write a case folder, every table in an order of its own."""
    folder.mkdir()
    for number, (name, table) in enumerate(tables.items()):
        shuffled = table.sample(frac=1, random_state=number)
        if name == IN_PARTS:
            (folder / name).mkdir()
            shuffled[::2].to_parquet(folder / name / "part-1.parquet", index=False)
            # the columns of a part stand in an order of their own, too
            shuffled[1::2].iloc[:, ::-1].to_parquet(folder / name / "part-2.parquet", index=False)
        elif name in PARQUET:
            # with the index of the frame, as pandas does if nobody forbids it
            shuffled.to_parquet(folder / f"{name}.parquet")
        else:
            shuffled.to_csv(folder / f"{name}.csv", index=False)


def all_long(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Turn survey_wide into rows of survey_answers, cell by cell, and drop it."""
    wide = tables["survey_wide"]
    kept = [column for column in tables["survey_answers"] if column in wide]
    cells = wide.melt(id_vars=kept, var_name="question_id", value_name="answer")
    rest = {name: table for name, table in tables.items() if name != "survey_wide"}
    return rest | {"survey_answers": pd.concat([tables["survey_answers"], cells])}


def write_tables(tables: dict[str, pd.DataFrame], database: Path) -> None:
    """Write the tables into the schema crm of the file that dbt will build into."""
    database.parent.mkdir(parents=True)
    with duckdb.connect(str(database)) as con:
        con.execute("create schema crm")
        for number, (name, table) in enumerate(tables.items()):
            rows = table.sample(frac=1, random_state=100 + number)  # noqa: F841 (read by DuckDB)
            given = "crm_customers" if name == RENAMED else name
            con.execute(f"create table crm.{given} as select * from rows")


def write_method(folder: Path) -> None:
    """Write a method folder with one table, whose labels tell it from the shipped one."""
    folder.mkdir()
    shipped = (ROOT / "seeds" / "method" / "survey" / "seed_segments.csv").read_text("utf-8")
    (folder / "segments.csv").write_text(shipped.replace("Region", "Area"), "utf-8")


def read_marts(target: Path) -> dict[str, Mart]:
    """Read every published mart whole: its columns with types, and its rows in a fixed order."""
    found = {}
    with duckdb.connect(str(target / "marts.duckdb"), read_only=True) as con:
        names = "select table_name from duckdb_tables() where table_name != ?"
        for (name,) in con.execute(names, [BUILD_LOG]).fetchall():
            columns = [str(row[:2]) for row in con.execute(f'describe "{name}"').fetchall()]
            found[name] = columns, con.execute(f'from "{name}" order by all').fetchall()
    return found


def check_equal(got: dict[str, Mart], expected: dict[str, Mart]) -> None:
    """Compare marts row for row; figures must agree to the last bit."""
    assert sorted(got) == sorted(expected)
    for name, (columns, rows) in expected.items():
        assert got[name][0] == columns, name
        differ = [(a, b) for a, b in zip(got[name][1], rows, strict=False) if a != b][:3]
        assert not differ and len(got[name][1]) == len(rows), (name, differ)


@pytest.fixture(scope="module")
def modes(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build from files and from tables, which each have a target folder of their own."""
    home = tmp_path_factory.mktemp("modes")
    tables = read_seeds()
    write_files(tables, home / "files")
    write_tables(all_long(tables), home / "from_tables" / "satisfaction.duckdb")
    write_method(home / "method")
    names = {"raw_identifiers": {"customers": "crm_customers"}}
    crm = {"raw_mode": "tables", "raw_schema": "crm"} | names
    built = {
        "files": engine.build(home / "from_files", "--data", str(home / "files")),
        "tables": run_build(home / "from_tables", "--method", str(home / "method"), **crm),
    }
    for name, one in built.items():
        assert one.code == 0, f"{name}: {one.out}\n{one.err}"
    return built


def test_shuffled_files_give_the_marts_of_the_demo(demo: Built, modes: dict[str, Built]):
    """The order of rows, of columns and of files makes no difference, nor does their format."""
    check_equal(read_marts(modes["files"].target), read_marts(demo.target))


def test_shuffled_files_give_the_very_bytes_of_the_demo(demo: Built, modes: dict[str, Built]):
    def digests(built: Built) -> dict[str, str]:
        paths = {path.stem: path for path in (built.target / "marts").glob("*.parquet")}
        del paths[BUILD_LOG]
        return {n: hashlib.sha256(path.read_bytes()).hexdigest() for n, path in paths.items()}

    assert digests(modes["files"]) == digests(demo)


def test_tables_of_a_schema_give_the_marts_of_the_demo(demo: Built, modes: dict[str, Built]):
    """Without survey_wide its cells are rows of survey_answers; all else is the same.

    Of the method tables one is replaced, so that its labels differ, and the others are the shipped.
    """
    got, expected = read_marts(modes["tables"].target), read_marts(demo.target)
    columns, rows = got["dim_segments"]
    named = [tuple("Region" if cell == "Area" else cell for cell in row) for row in rows]
    assert named != rows
    got["dim_segments"] = columns, named
    for marts in (got, expected):
        columns, rows = marts["rejected_rows"]
        rows = sorted((row[0].replace("survey_wide", "survey_answers"), *row[1:]) for row in rows)
        marts["rejected_rows"] = columns, rows
        columns, rows = marts["row_accounting"]
        answers = [row for row in rows if row[0].startswith("survey_")]
        others = [row for row in rows if row not in answers]
        sums = [sum(x) if isinstance(x[0], int) else set(x) for x in zip(*answers, strict=True)]
        marts["row_accounting"] = columns, [*others, sums[1:]]
        columns, rows = marts["customer_links"]
        marts["customer_links"] = columns, [row for row in rows if row[0][:7] != "survey_"]
    check_equal(got, expected)


def test_an_absent_table_is_an_empty_one(modes: dict[str, Built]):
    assert modes["tables"].rows(
        "select raw_rows, accepted_rows, rejected_rows from row_accounting "
        "where table_name = 'survey_wide'"
    ) == [(0, 0, 0)]


def test_tables_are_read_where_they_are_and_left_alone(modes: dict[str, Built]):
    names = modes["tables"].build_rows(
        "select table_name from duckdb_tables() where schema_name = 'crm' order by 1"
    )
    assert sorted(name for (name,) in names) == sorted(
        "crm_customers" if name == RENAMED else name
        for name in read_seeds()
        if name != "survey_wide"
    )
